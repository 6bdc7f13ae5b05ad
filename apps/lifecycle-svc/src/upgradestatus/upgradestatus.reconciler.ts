import {
  type Cluster,
  ClusterKind,
  type ClusterUpgradeStatus,
  ClusterUpgradeStatusKind,
  type Kind,
  type LCMClusterUpgradeStatus,
  LCMClusterUpgradeStatusKind,
  LCMMachineUpgradeStatusKind,
  type Machine,
  MachineKind,
  MachineUpgradeStatusKind,
  apiVersionOf,
  configurationOf,
  keyOf,
  keyText,
} from '@keelson/api';
import { type Plan, type Reconciler, type StepTable, input, settled } from '@keelson/reconcile';
import { equalJson } from '@keelson/std';

/** Those of clusters and of machines have one shape. */
type Followed = LCMClusterUpgradeStatus;
type Shown = ClusterUpgradeStatus;
type Owner = Cluster | Machine;

/** What an update shows of itself, and what consoles see of it. */
export interface UpgradeStatusWorld {
  readonly followed: Followed;
  readonly shown: Shown | undefined;
  readonly owner: Owner | undefined;
}

export interface UpgradeStatusStep {
  readonly type: 'show';
  readonly followed: Followed;
  readonly owner: Owner;
}

/** Which kind is shown as which, and whose it is. */
interface Pair {
  readonly name: string;
  readonly followed: Kind<Followed>;
  readonly shown: Kind<Shown>;
  readonly owner: Kind<Owner>;
}

/** Shows the update of a cluster, and that of each machine, in the objects that consoles read. */
export function upgradeStatusReconcilers(): readonly Reconciler<Followed, UpgradeStatusWorld, UpgradeStatusStep>[] {
  return [
    reconcilerOf({
      name: 'lifecycle/clusterupgradestatus',
      followed: LCMClusterUpgradeStatusKind,
      shown: ClusterUpgradeStatusKind,
      owner: ClusterKind,
    }),
    reconcilerOf({
      name: 'lifecycle/machineupgradestatus',
      followed: LCMMachineUpgradeStatusKind,
      shown: MachineUpgradeStatusKind,
      owner: MachineKind,
    }),
  ];
}

function reconcilerOf(pair: Pair): Reconciler<Followed, UpgradeStatusWorld, UpgradeStatusStep> {
  return {
    name: pair.name,
    kind: pair.followed,
    summary: `Shows a ${pair.followed.kind} to consoles, as a ${pair.shown.kind} of its ${pair.owner.kind}.`,
    inputs: [
      input({ kind: pair.shown, mapToOwn: (shown) => [keyOf(shown)] }),
      input({ kind: pair.owner, mapToOwn: () => [] }),
    ],
    outputs: [{ kind: pair.shown, mode: 'exclusive', verbs: ['apply'] }],
    concurrency: 8,
    resyncSeconds: 3600,
    observe: async (reader, followed) => ({
      followed,
      shown: reader.get(pair.shown, keyOf(followed)),
      owner: reader.get(pair.owner, keyOf(followed)),
    }),
    plan: planShown,
    steps: stepsOf(pair),
    status: () => undefined,
  };
}

/** Nothing is shown of what has no owner any more: it goes too. */
function planShown({ followed, shown, owner }: UpgradeStatusWorld): Plan<UpgradeStatusStep> {
  if (owner === undefined || followed.metadata.deletionTimestamp !== undefined) return { steps: [], outcome: settled };
  const { fromRelease, toRelease, release, stages } = shown ?? {};
  const isShown = equalJson({ fromRelease, toRelease, release, stages }, contentOf(followed));
  return { steps: isShown ? [] : [{ type: 'show', followed, owner }], outcome: settled };
}

function contentOf({ fromRelease = '', release, stages }: Followed) {
  return { fromRelease, toRelease: release, release, stages };
}

function stepsOf(pair: Pair): StepTable<UpgradeStatusStep> {
  return {
    show: {
      describe: ({ followed }) => `show the update of ${keyText(keyOf(followed))} to ${followed.release} to consoles`,
      run: async ({ followed, owner }, writer) => {
        const { namespace, name, labels } = followed.metadata;
        const { uid = '' } = owner.metadata;
        const reference = { apiVersion: apiVersionOf(pair.owner), kind: pair.owner.kind, name, uid };
        const metadata = {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          ...(labels === undefined ? {} : { labels }),
          ownerReferences: [reference],
        };
        await writer.apply(pair.shown, configurationOf(pair.shown, { metadata, ...contentOf(followed) }), {
          force: true,
        });
      },
    },
  };
}
