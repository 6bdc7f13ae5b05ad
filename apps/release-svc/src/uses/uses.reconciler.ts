import {
  type Cluster,
  ClusterKind,
  type ClusterRelease,
  ClusterReleaseKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type KaaSRelease,
  KaaSReleaseKind,
  type Kind,
  type KubeObject,
  type ObjectKey,
  annotations,
  keyOf,
} from '@keelson/api';
import { type Plan, type Reader, type Reconciler, type StepTable, input, settled } from '@keelson/reconcile';
import { usersOf } from './users.js';

/** Who uses a release, for people and for the policy that refuses to delete one in use (deploy/policies). */
export interface UsesWorld {
  readonly release: KubeObject;
  readonly users: string;
}

type UsesStep = { readonly type: 'tell'; readonly release: KubeObject; readonly users: string };

export const clusterReleaseUses = usesReconciler<ClusterRelease>('release/clusterrelease', ClusterReleaseKind, {
  kind: KaaSReleaseKind,
  mapToOwn: (_release, reader) => reader.list(ClusterReleaseKind).map(keyOf),
});
export const kaasReleaseUses = usesReconciler<KaaSRelease>('release/kaasrelease', KaaSReleaseKind);

function usesReconciler<T extends KubeObject>(
  name: string,
  kind: Kind<T>,
  ...more: readonly Parameters<typeof input>[0][]
): Reconciler<T, UsesWorld, UsesStep> {
  const all = (_object: KubeObject, reader: Reader): readonly ObjectKey[] => reader.list(kind).map(keyOf);
  return {
    name,
    kind,
    summary: `Says on every ${kind.kind} who uses it: one in use cannot be deleted.`,
    inputs: [
      input<Cluster>({
        kind: ClusterKind,
        mapToOwn: all,
        relevant: ({ spec, status }) => [
          spec.providerSpec.value?.release,
          spec.providerSpec.value?.kaas?.release,
          status?.providerStatus?.releaseRefs?.current?.name,
        ],
      }),
      input<ClusterUpdatePlan>({
        kind: ClusterUpdatePlanKind,
        mapToOwn: all,
        relevant: ({ spec, status }) => [spec.source, spec.target, status?.status],
      }),
      ...more.map((one) => input(one)),
    ],
    outputs: [{ kind, mode: 'shared', verbs: ['patch'] }],
    concurrency: 1,
    resyncSeconds: 600,
    observe: async (reader, release) => ({ release, users: usersOf(reader, release) }),
    plan: planUses,
    steps: stepsOf(kind),
    status: () => undefined,
  };
}

function planUses({ release, users }: UsesWorld): Plan<UsesStep> {
  const told = release.metadata.annotations?.[annotations.usedBy] ?? '';
  return { steps: told === users ? [] : [{ type: 'tell', release, users }], outcome: settled };
}

function stepsOf(kind: Kind): StepTable<UsesStep> {
  return {
    tell: {
      describe: ({ release, users }) =>
        `say on ${release.kind} ${release.metadata.name} ${users === '' ? 'that nobody uses it' : `who uses it: ${users}`}`,
      run: async ({ release, users }, writer) => {
        const value = users === '' ? null : users;
        await writer.patch(kind, keyOf(release), { metadata: { annotations: { [annotations.usedBy]: value } } });
      },
    },
  };
}
