import {
  apiVersionOf,
  type ClusterWorkloadLock,
  ClusterWorkloadLockKind,
  type KubeObject,
  type Node,
  NodeKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type ObjectKey,
} from '@keelson/api';
import {
  type Input,
  input,
  type Plan,
  progressing,
  type Reader,
  type Reconciler,
  settled,
  type StepTable,
} from '@keelson/reconcile';
import { isLockOf, type LockController, lockNameOf } from './lock-controller.js';

export interface LocksWorld<F> {
  readonly prefix: string;
  readonly object: string;
  readonly presence: 'present' | 'draft' | 'leaving';
  /** Nodes with a part in it. */
  readonly nodes: readonly string[];
  readonly nodeLocks: readonly NodeWorkloadLock[];
  /** Nodes with a lock that are no longer in the cluster, and with what they are seen off; none where that is nobody's work. */
  readonly gone: readonly { readonly node: string; readonly given: F }[];
  readonly clusterLock: ClusterWorkloadLock | undefined;
}

export type LocksStep<F> =
  | { readonly type: 'lockNode'; readonly node: string }
  | { readonly type: 'lockCluster'; readonly object: string }
  | { readonly type: 'farewell'; readonly node: string; readonly given: F }
  | { readonly type: 'dropLock'; readonly name: string }
  | { readonly type: 'dropClusterLock'; readonly name: string };

/** What is still to be done for a node that has left the cluster, before its lock goes. */
export interface Farewell<T extends KubeObject, F> {
  readonly inputs: readonly Input[];
  /** What it takes; undefined when there is nothing to do, or nothing to do it with. */
  givenFor(reader: Reader, object: T): F | undefined;
  describe(node: string): string;
  run(node: string, given: F): Promise<void>;
}

/** Sees to it that what a controller protects and each node with a part in it has a workload lock, and no other. */
export function locksReconciler<T extends KubeObject, F = never>(
  controller: LockController<T>,
  farewell?: Farewell<T, F>,
): Reconciler<T, LocksWorld<F>, LocksStep<F>> {
  const everyObject = (_: unknown, reader: Reader): readonly ObjectKey[] =>
    reader.list(controller.kind).map(({ metadata }) => metadata);
  return {
    name: `${controller.root}/locks`,
    kind: controller.kind,
    summary: `Sees to it that ${controller.title} and each node with a part in it has a workload lock, and no other.`,
    inputs: [
      input<Node>({ kind: NodeKind, mapToOwn: everyObject, relevant: ({ metadata }) => metadata.labels }),
      input<NodeWorkloadLock>({ kind: NodeWorkloadLockKind, mapToOwn: everyObject, relevant: ({ spec }) => spec }),
      input<ClusterWorkloadLock>({
        kind: ClusterWorkloadLockKind,
        mapToOwn: everyObject,
        relevant: ({ spec }) => spec,
      }),
      ...(farewell?.inputs ?? []),
    ],
    outputs: [
      { kind: NodeWorkloadLockKind, mode: 'shared', verbs: ['apply', 'delete'] },
      { kind: ClusterWorkloadLockKind, mode: 'shared', verbs: ['apply', 'delete'] },
    ],
    concurrency: 1,
    resyncSeconds: 600,
    observe: async (reader, object) => observe(reader, object, controller, farewell),
    plan: planLocks,
    steps: locksSteps(controller, farewell),
    status: () => undefined,
  };
}

function observe<T extends KubeObject, F>(
  reader: Reader,
  object: T,
  controller: LockController<T>,
  farewell: Farewell<T, F> | undefined,
): LocksWorld<F> {
  const { name, deletionTimestamp } = object.metadata;
  const nodeLocks = reader.list(NodeWorkloadLockKind).filter((lock) => isLockOf(controller, lock));
  const given = farewell?.givenFor(reader, object);
  const clusterLock = reader.get(ClusterWorkloadLockKind, { name: lockNameOf(controller, name) });
  return {
    prefix: controller.prefix,
    object: name,
    presence: deletionTimestamp !== undefined ? 'leaving' : controller.isDraft?.(object) === true ? 'draft' : 'present',
    nodes: reader
      .list(NodeKind)
      .filter((node) => controller.hasPart(node))
      .map(({ metadata }) => metadata.name),
    nodeLocks,
    gone: nodeLocks.flatMap(({ spec: { nodeName: node } }) =>
      given === undefined || reader.get(NodeKind, { name: node }) !== undefined ? [] : [{ node, given }],
    ),
    clusterLock,
  };
}

/** Pure. */
export function planLocks<F>(world: LocksWorld<F>): Plan<LocksStep<F>> {
  const steps = world.presence === 'draft' ? [] : world.presence === 'leaving' ? released(world) : locked(world);
  return { steps, outcome: steps.length > 0 ? progressing() : settled };
}

function locked<F>({ object, clusterLock, nodes, nodeLocks, gone }: LocksWorld<F>): readonly LocksStep<F>[] {
  const present = new Set(nodeLocks.map(({ spec }) => spec.nodeName));
  const wanted = new Set(nodes);
  return [
    ...(clusterLock === undefined ? [{ type: 'lockCluster', object } as const] : []),
    ...nodes.filter((node) => !present.has(node)).map((node) => ({ type: 'lockNode', node }) as const),
    ...gone.map((one) => ({ type: 'farewell', ...one }) as const),
    ...nodeLocks
      .filter(({ spec }) => !wanted.has(spec.nodeName))
      .map(({ metadata }) => ({ type: 'dropLock', name: metadata.name }) as const),
  ];
}

/** Without what they protect there is nothing to wait for: its locks would hold the cluster for ever. */
function released<F>({ nodeLocks, clusterLock }: LocksWorld<F>): readonly LocksStep<F>[] {
  return [
    ...nodeLocks.map(({ metadata }) => ({ type: 'dropLock', name: metadata.name }) as const),
    ...(clusterLock === undefined ? [] : [{ type: 'dropClusterLock', name: clusterLock.metadata.name } as const]),
  ];
}

function locksSteps<T extends KubeObject, F>(
  controller: LockController<T>,
  farewell: Farewell<T, F> | undefined,
): StepTable<LocksStep<F>> {
  const { controllerName, title } = controller;
  return {
    farewell: {
      describe: ({ node }) => farewell?.describe(node) ?? '',
      run: async ({ node, given }) => farewell?.run(node, given),
    },
    lockNode: {
      describe: ({ node }) => `lock the node ${node} for ${title}`,
      run: async ({ node }, writer) => {
        const annotations = controller.annotationsOf?.(node);
        await writer.apply(
          NodeWorkloadLockKind,
          {
            apiVersion: apiVersionOf(NodeWorkloadLockKind),
            kind: NodeWorkloadLockKind.kind,
            metadata: { name: lockNameOf(controller, node), ...(annotations === undefined ? {} : { annotations }) },
            spec: { controllerName, nodeName: node, nodeDeletionRequestSupported: true },
          },
          { force: true },
        );
      },
    },
    lockCluster: {
      describe: ({ object }) => `lock the cluster for ${title} ${object}`,
      run: async ({ object }, writer) => {
        await writer.apply(
          ClusterWorkloadLockKind,
          {
            apiVersion: apiVersionOf(ClusterWorkloadLockKind),
            kind: ClusterWorkloadLockKind.kind,
            metadata: { name: lockNameOf(controller, object) },
            spec: { controllerName },
          },
          { force: true },
        );
      },
    },
    dropLock: {
      describe: ({ name }) => `drop the lock ${name}: nothing of ${title} is on its node any more`,
      run: ({ name }, writer) => writer.delete(NodeWorkloadLockKind, { name }),
    },
    dropClusterLock: {
      describe: ({ name }) => `drop the lock ${name}: ${title} leaves`,
      run: ({ name }, writer) => writer.delete(ClusterWorkloadLockKind, { name }),
    },
  };
}
