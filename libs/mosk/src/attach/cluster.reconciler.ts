import { type Cluster, ClusterKind, keyText, labels, type ObjectKey, type Secret, SecretKind } from '@keelson/api';
import { input, type Plan, type Reader, type Reconciler, settled, type StepTable, waitingOn } from '@keelson/reconcile';
import { textIn } from '../objects/secret-text.js';
import type { Attachments } from './attachments.js';

export interface AttachWorld {
  readonly cluster: ObjectKey;
  readonly kubeconfig: string | undefined;
  readonly release: string | undefined;
  readonly isLeaving: boolean;
  readonly isManagement: boolean;
  /** Through this very kubeconfig. */
  readonly isOpen: boolean;
  readonly isKnown: boolean;
}

export type AttachStep =
  | {
      readonly type: 'attach';
      readonly cluster: ObjectKey;
      readonly kubeconfig: string;
      readonly release: string | undefined;
    }
  | { readonly type: 'detach'; readonly cluster: ObjectKey };

const suffix = '-kubeconfig';

/** Works on each MOSK cluster as long as there is one and a kubeconfig for it. The Cluster itself is only read. */
export function attachReconciler(attachments: Attachments): Reconciler<Cluster, AttachWorld, AttachStep> {
  return {
    name: `${attachments.root}/attach`,
    kind: ClusterKind,
    summary: 'Works on the API of each MOSK cluster as long as there is one and a kubeconfig for it.',
    inputs: [
      input<Secret>({
        kind: SecretKind,
        // Those of clusters: the passwords of BMCs are nothing to us.
        selection: { labelSelector: labels.clusterName },
        mapToOwn: ({ metadata: { name, namespace } }) =>
          name.endsWith(suffix) ? [{ namespace, name: name.slice(0, -suffix.length) }] : [],
        relevant: ({ data }) => data,
      }),
      ...attachments.reads,
    ],
    outputs: [],
    concurrency: 4,
    resyncSeconds: 600,
    observe: async (reader, cluster) => observe(reader, cluster, attachments),
    plan: planAttachment,
    steps: attachSteps(attachments),
    status: () => undefined,
  };
}

function observe(reader: Reader, object: Cluster, attachments: Attachments): AttachWorld {
  const { namespace, name, deletionTimestamp } = object.metadata;
  const cluster = { namespace, name };
  const release = object.status?.providerStatus?.releaseRefs?.current?.version;
  const kubeconfig = textIn(reader.get(SecretKind, { namespace, name: `${name}${suffix}` }), 'value');
  attachments.tell(cluster, release);
  return {
    cluster,
    kubeconfig,
    release,
    isLeaving: deletionTimestamp !== undefined,
    isManagement: object.spec.providerSpec.value?.kaas !== undefined,
    isOpen: kubeconfig !== undefined && attachments.isOpen(cluster, kubeconfig),
    isKnown: attachments.has(cluster),
  };
}

/** Pure: whether a cluster is to be worked on. */
export function planAttachment(world: AttachWorld): Plan<AttachStep> {
  const { cluster, kubeconfig, release } = world;
  if (world.isManagement) return { steps: [], outcome: settled };
  if (world.isLeaving || kubeconfig === undefined) {
    const steps: readonly AttachStep[] = world.isKnown ? [{ type: 'detach', cluster }] : [];
    if (world.isLeaving) return { steps, outcome: settled };
    const { namespace = '', name } = cluster;
    const on = { kind: SecretKind.kind, namespace, name: `${name}${suffix}` };
    return { steps, outcome: waitingOn(on, 'NoKubeconfig', `the cluster ${keyText(cluster)} has no kubeconfig yet`) };
  }
  return { steps: world.isOpen ? [] : [{ type: 'attach', cluster, kubeconfig, release }], outcome: settled };
}

function attachSteps(attachments: Attachments): StepTable<AttachStep> {
  return {
    attach: {
      describe: ({ cluster }) => `work on the API of cluster ${keyText(cluster)}`,
      run: ({ cluster, kubeconfig, release }) => attachments.open(cluster, kubeconfig, release),
    },
    detach: {
      describe: ({ cluster }) => `let go of cluster ${keyText(cluster)}`,
      run: ({ cluster }) => attachments.close(cluster),
    },
  };
}
