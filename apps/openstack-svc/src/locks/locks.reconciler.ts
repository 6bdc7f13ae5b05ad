import {
  apiVersionOf,
  type ClusterWorkloadLock,
  ClusterWorkloadLockKind,
  type Node,
  NodeKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Secret,
  SecretKind,
} from '@keelson/api';
import {
  input,
  type Plan,
  progressing,
  type Reader,
  type Reconciler,
  settled,
  type StepTable,
} from '@keelson/reconcile';
import { adminCredentialIn } from '../credentials/admin.js';
import type { AdminCredential } from './hypervisors.js';
import type { HypervisorsOf } from './nodelock.observe.js';
import { clusterLockOf, isOurs, lockController, nodeLockOf, originalNodeAnnotation, rolesOf } from './lock-names.js';

export interface LocksWorld {
  readonly deployment: string;
  /** A cloud is there, or about to be. */
  readonly isPresent: boolean;
  /** Nodes with a part in the cloud. */
  readonly nodes: readonly string[];
  readonly nodeLocks: readonly NodeWorkloadLock[];
  /** Nodes with a lock that are no longer in the cluster and that the cloud may still remember. */
  readonly gone: readonly string[];
  /** With which the cloud is told; undefined while there is none. */
  readonly credential: AdminCredential | undefined;
  readonly clusterLock: ClusterWorkloadLock | undefined;
}

export type LocksStep =
  | { readonly type: 'lockNode'; readonly node: string }
  | { readonly type: 'lockCluster'; readonly deployment: string }
  | { readonly type: 'removeHost'; readonly node: string; readonly credential: AdminCredential }
  | { readonly type: 'dropLock'; readonly name: string };

/** Sees to it that the cloud and each node with a part in it has a lock, and no other; a node that is gone leaves the cloud first. */
export function locksReconciler(hypervisorsOf: HypervisorsOf): Reconciler<OpenStackDeployment, LocksWorld, LocksStep> {
  return {
    name: 'openstack/locks',
    kind: OpenStackDeploymentKind,
    summary: 'Sees to it that the cloud and each node with a part in it has a workload lock, and no other.',
    inputs: [
      input<Node>({ kind: NodeKind, mapToOwn: everyCloud, relevant: ({ metadata }) => metadata.labels }),
      input<OpenStackDeploymentStatus>({ kind: OpenStackDeploymentStatusKind, mapToOwn: () => [] }),
      input<Secret>({ kind: SecretKind, mapToOwn: () => [] }),
      input<NodeWorkloadLock>({ kind: NodeWorkloadLockKind, mapToOwn: everyCloud, relevant: ({ spec }) => spec }),
      input<ClusterWorkloadLock>({ kind: ClusterWorkloadLockKind, mapToOwn: everyCloud, relevant: ({ spec }) => spec }),
    ],
    outputs: [
      { kind: NodeWorkloadLockKind, mode: 'shared', verbs: ['apply', 'delete'] },
      { kind: ClusterWorkloadLockKind, mode: 'shared', verbs: ['apply'] },
    ],
    concurrency: 1,
    resyncSeconds: 600,
    observe: async (reader, deployment) => observe(reader, deployment),
    plan: planLocks,
    steps: locksSteps(hypervisorsOf),
    status: () => undefined,
  };
}

function observe(reader: Reader, { metadata, spec }: OpenStackDeployment): LocksWorld {
  const nodeLocks = reader.list(NodeWorkloadLockKind).filter(isOurs);
  const hasCompute = reader.get(OpenStackDeploymentStatusKind, metadata)?.status?.services?.['compute'] !== undefined;
  return {
    deployment: metadata.name,
    credential: adminCredentialIn(reader),
    gone: hasCompute
      ? nodeLocks
          .map(({ spec: { nodeName } }) => nodeName)
          .filter((name) => reader.get(NodeKind, { name }) === undefined)
      : [],
    isPresent: metadata.deletionTimestamp === undefined && !spec.draft,
    nodes: reader
      .list(NodeKind)
      .filter((node) => rolesOf(node).length > 0)
      .map((node) => node.metadata.name),
    nodeLocks,
    clusterLock: reader.get(ClusterWorkloadLockKind, { name: clusterLockOf(metadata.name) }),
  };
}

/** Pure. */
export function planLocks(world: LocksWorld): Plan<LocksStep> {
  if (!world.isPresent) return { steps: [], outcome: settled };
  const locked = new Set(world.nodeLocks.map(({ spec }) => spec.nodeName));
  const steps: readonly LocksStep[] = [
    ...(world.clusterLock === undefined ? [{ type: 'lockCluster', deployment: world.deployment } as const] : []),
    ...world.nodes.filter((node) => !locked.has(node)).map((node) => ({ type: 'lockNode', node }) as const),
    ...world.gone.flatMap((node): readonly LocksStep[] =>
      world.credential === undefined ? [] : [{ type: 'removeHost', node, credential: world.credential }],
    ),
    ...world.nodeLocks
      .filter(({ spec }) => !world.nodes.includes(spec.nodeName))
      .map(({ metadata }) => ({ type: 'dropLock', name: metadata.name }) as const),
  ];
  return { steps, outcome: steps.length > 0 ? progressing() : settled };
}

const locksSteps = (hypervisorsOf: HypervisorsOf): StepTable<LocksStep> => ({
  removeHost: {
    describe: ({ node }) => `take ${node}, which is gone, out of nova, neutron and placement`,
    run: ({ node, credential }) => hypervisorsOf(credential).removeHost(node),
  },
  lockNode: {
    describe: ({ node }) => `lock the node ${node} for OpenStack`,
    run: async ({ node }, writer) => {
      await writer.apply(
        NodeWorkloadLockKind,
        {
          apiVersion: apiVersionOf(NodeWorkloadLockKind),
          kind: NodeWorkloadLockKind.kind,
          metadata: { name: nodeLockOf(node), annotations: { [originalNodeAnnotation]: node } },
          spec: { controllerName: lockController, nodeName: node, nodeDeletionRequestSupported: true },
        },
        { force: true },
      );
    },
  },
  lockCluster: {
    describe: ({ deployment }) => `lock the cluster for the cloud ${deployment}`,
    run: async ({ deployment }, writer) => {
      await writer.apply(
        ClusterWorkloadLockKind,
        {
          apiVersion: apiVersionOf(ClusterWorkloadLockKind),
          kind: ClusterWorkloadLockKind.kind,
          metadata: { name: clusterLockOf(deployment) },
          spec: { controllerName: lockController },
        },
        { force: true },
      );
    },
  },
  dropLock: {
    describe: ({ name }) => `drop the lock ${name}: its node has no part in the cloud any more`,
    run: ({ name }, writer) => writer.delete(NodeWorkloadLockKind, { name }),
  },
});

function everyCloud(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(OpenStackDeploymentKind).map(({ metadata }) => metadata);
}
