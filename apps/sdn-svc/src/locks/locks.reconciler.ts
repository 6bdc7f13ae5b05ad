import {
  apiVersionOf,
  type ClusterWorkloadLock,
  ClusterWorkloadLockKind,
  type Node,
  NodeKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type ObjectKey,
  type TFOperator,
  TFOperatorKind,
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
import { clusterLockOf, isOurs, lockController, nodeLockOf, rolesOf } from './lock-names.js';

export interface LocksWorld {
  readonly operator: string;
  /** OpenSDN is there, or about to be. */
  readonly isPresent: boolean;
  /** Nodes with a part in OpenSDN. */
  readonly nodes: readonly string[];
  readonly nodeLocks: readonly NodeWorkloadLock[];
  readonly clusterLock: ClusterWorkloadLock | undefined;
}

export type LocksStep =
  | { readonly type: 'lockNode'; readonly node: string }
  | { readonly type: 'lockCluster'; readonly operator: string }
  | { readonly type: 'dropLock'; readonly name: string }
  | { readonly type: 'dropClusterLock'; readonly name: string };

/** Sees to it that OpenSDN and each node with a part in it has a lock, and no other. */
export function locksReconciler(): Reconciler<TFOperator, LocksWorld, LocksStep> {
  return {
    name: 'sdn/locks',
    kind: TFOperatorKind,
    summary: 'Sees to it that OpenSDN and each node with a part in it has a workload lock, and no other.',
    inputs: [
      input<Node>({ kind: NodeKind, mapToOwn: everyOperator, relevant: ({ metadata }) => metadata.labels }),
      input<NodeWorkloadLock>({ kind: NodeWorkloadLockKind, mapToOwn: everyOperator, relevant: ({ spec }) => spec }),
      input<ClusterWorkloadLock>({
        kind: ClusterWorkloadLockKind,
        mapToOwn: everyOperator,
        relevant: ({ spec }) => spec,
      }),
    ],
    outputs: [
      { kind: NodeWorkloadLockKind, mode: 'shared', verbs: ['apply', 'delete'] },
      { kind: ClusterWorkloadLockKind, mode: 'shared', verbs: ['apply', 'delete'] },
    ],
    concurrency: 1,
    resyncSeconds: 600,
    observe: async (reader, operator) => observe(reader, operator),
    plan: planLocks,
    steps: locksSteps,
    status: () => undefined,
  };
}

function observe(reader: Reader, { metadata }: TFOperator): LocksWorld {
  return {
    operator: metadata.name,
    isPresent: metadata.deletionTimestamp === undefined,
    nodes: reader
      .list(NodeKind)
      .filter((node) => rolesOf(node).length > 0)
      .map((node) => node.metadata.name),
    nodeLocks: reader.list(NodeWorkloadLockKind).filter(isOurs),
    clusterLock: reader.get(ClusterWorkloadLockKind, { name: clusterLockOf(metadata.name) }),
  };
}

/** Pure. */
export function planLocks(world: LocksWorld): Plan<LocksStep> {
  if (!world.isPresent) return released(world);
  const locked = new Set(world.nodeLocks.map(({ spec }) => spec.nodeName));
  const steps: readonly LocksStep[] = [
    ...(world.clusterLock === undefined ? [{ type: 'lockCluster', operator: world.operator } as const] : []),
    ...world.nodes.filter((node) => !locked.has(node)).map((node) => ({ type: 'lockNode', node }) as const),
    ...world.nodeLocks
      .filter(({ spec }) => !world.nodes.includes(spec.nodeName))
      .map(({ metadata }) => ({ type: 'dropLock', name: metadata.name }) as const),
  ];
  return { steps, outcome: steps.length > 0 ? progressing() : settled };
}

/** Without OpenSDN there is nothing to wait for: its locks would hold the cluster for ever. */
function released({ nodeLocks, clusterLock }: LocksWorld): Plan<LocksStep> {
  const steps: readonly LocksStep[] = [
    ...nodeLocks.map(({ metadata }) => ({ type: 'dropLock', name: metadata.name }) as const),
    ...(clusterLock === undefined ? [] : [{ type: 'dropClusterLock', name: clusterLock.metadata.name } as const]),
  ];
  return { steps, outcome: steps.length > 0 ? progressing() : settled };
}

const locksSteps: StepTable<LocksStep> = {
  lockNode: {
    describe: ({ node }) => `lock the node ${node} for OpenSDN`,
    run: async ({ node }, writer) => {
      await writer.apply(
        NodeWorkloadLockKind,
        {
          apiVersion: apiVersionOf(NodeWorkloadLockKind),
          kind: NodeWorkloadLockKind.kind,
          metadata: { name: nodeLockOf(node) },
          spec: { controllerName: lockController, nodeName: node, nodeDeletionRequestSupported: true },
        },
        { force: true },
      );
    },
  },
  lockCluster: {
    describe: ({ operator }) => `lock the cluster for OpenSDN ${operator}`,
    run: async ({ operator }, writer) => {
      await writer.apply(
        ClusterWorkloadLockKind,
        {
          apiVersion: apiVersionOf(ClusterWorkloadLockKind),
          kind: ClusterWorkloadLockKind.kind,
          metadata: { name: clusterLockOf(operator) },
          spec: { controllerName: lockController },
        },
        { force: true },
      );
    },
  },
  dropLock: {
    describe: ({ name }) => `drop the lock ${name}: its node has no part in OpenSDN any more`,
    run: ({ name }, writer) => writer.delete(NodeWorkloadLockKind, { name }),
  },
  dropClusterLock: {
    describe: ({ name }) => `drop the lock ${name}: OpenSDN leaves`,
    run: ({ name }, writer) => writer.delete(ClusterWorkloadLockKind, { name }),
  },
};

function everyOperator(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(TFOperatorKind).map(({ metadata }) => metadata);
}
