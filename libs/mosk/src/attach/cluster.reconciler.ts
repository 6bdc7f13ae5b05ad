import { type Cluster, ClusterKind, keyText, type ObjectKey, type Secret, SecretKind } from '@keelson/api';
import {
  accessNamespaceOf,
  accessPointAnnotation,
  accessSecretOf,
  clusterOfAccess,
  kubeconfigKey,
} from '@keelson/contracts';
import { input, type Plan, type Reader, type Reconciler, settled, type StepTable, waitingOn } from '@keelson/reconcile';
import { textIn } from '../objects/secret-text.js';
import type { Access, Attachments } from './attachments.js';

export interface AttachWorld {
  readonly cluster: ObjectKey;
  /** The Secret that leads there. */
  readonly secret: ObjectKey;
  readonly access: Access | undefined;
  readonly release: string | undefined;
  readonly isLeaving: boolean;
  readonly isManagement: boolean;
  /** Through this very access; `stale` with an older token. */
  readonly isOpen: boolean | 'stale';
  readonly isKnown: boolean;
}

export type AttachStep =
  | {
      readonly type: 'attach';
      readonly cluster: ObjectKey;
      readonly access: Access;
      readonly release: string | undefined;
    }
  | { readonly type: 'renew'; readonly cluster: ObjectKey; readonly access: Access }
  | { readonly type: 'detach'; readonly cluster: ObjectKey };

/** Works on each MOSK cluster as long as there is one and lifecycle-svc gives access to it. The Cluster itself is only read. */
export function attachReconciler(attachments: Attachments): Reconciler<Cluster, AttachWorld, AttachStep> {
  return {
    name: `${attachments.root}/attach`,
    kind: ClusterKind,
    summary:
      'Works on the API of each MOSK cluster, by an account of its own, as long as there is one and access to it.',
    inputs: [
      input<Secret>({
        kind: SecretKind,
        selection: { namespaces: [accessNamespaceOf(attachments.service)] },
        mapToOwn: ({ metadata }) => [clusterOfAccess(metadata.name)],
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
  const secret = { namespace: accessNamespaceOf(attachments.service), name: accessSecretOf(cluster) };
  const access = accessIn(reader.get(SecretKind, secret));
  attachments.tell(cluster, release);
  return {
    cluster,
    secret,
    access,
    release,
    isLeaving: deletionTimestamp !== undefined,
    isManagement: object.spec.providerSpec.value?.kaas !== undefined,
    isOpen: access !== undefined && attachments.isOpen(cluster, access),
    isKnown: attachments.has(cluster),
  };
}

function accessIn(secret: Secret | undefined): Access | undefined {
  const kubeconfig = textIn(secret, kubeconfigKey);
  const point = secret?.metadata.annotations?.[accessPointAnnotation];
  return kubeconfig === undefined || point === undefined ? undefined : { point, kubeconfig };
}

/** Pure: whether a cluster is to be worked on. */
export function planAttachment(world: AttachWorld): Plan<AttachStep> {
  const { cluster, access, release, secret } = world;
  if (world.isManagement) return { steps: [], outcome: settled };
  if (world.isLeaving || access === undefined) {
    const steps: readonly AttachStep[] = world.isKnown ? [{ type: 'detach', cluster }] : [];
    if (world.isLeaving) return { steps, outcome: settled };
    const on = { kind: SecretKind.kind, namespace: secret.namespace ?? '', name: secret.name };
    const why = `lifecycle-svc has given no access to the cluster ${keyText(cluster)} yet`;
    return { steps, outcome: waitingOn(on, 'NoAccess', why) };
  }
  if (world.isOpen === 'stale') return { steps: [{ type: 'renew', cluster, access }], outcome: settled };
  return { steps: world.isOpen ? [] : [{ type: 'attach', cluster, access, release }], outcome: settled };
}

function attachSteps(attachments: Attachments): StepTable<AttachStep> {
  return {
    attach: {
      describe: ({ cluster }) => `work on the API of cluster ${keyText(cluster)}`,
      run: ({ cluster, access, release }) => attachments.open(cluster, access, release),
    },
    renew: {
      describe: ({ cluster }) => `go on in cluster ${keyText(cluster)} with a new token`,
      run: async ({ cluster, access }) => attachments.renew(cluster, access),
    },
    detach: {
      describe: ({ cluster }) => `let go of cluster ${keyText(cluster)}`,
      run: ({ cluster }) => attachments.close(cluster),
    },
  };
}
