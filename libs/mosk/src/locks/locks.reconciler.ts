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
  input,
  type Plan,
  progressing,
  type Reader,
  type Reconciler,
  settled,
  type StepTable,
} from '@keelson/reconcile';
import type { Farewell, Parting } from './farewell.js';
import { isLockOf, type LockController, lockNameOf } from './lock-controller.js';

export interface LocksWorld<E> {
  readonly prefix: string;
  readonly object: string;
  readonly presence: 'present' | 'draft' | 'leaving';
  /** Nodes with a part in it. */
  readonly nodes: readonly string[];
  readonly nodeLocks: readonly NodeWorkloadLock[];
  /** Of nodes with a lock that are no longer in the cluster. */
  readonly gone: readonly Parting<E>[];
  readonly clusterLock: ClusterWorkloadLock | undefined;
}

export type LocksStep<E> =
  | { readonly type: 'lockNode'; readonly node: string }
  | { readonly type: 'lockCluster'; readonly object: string }
  | { readonly type: 'farewell'; readonly node: string; readonly errand: E }
  | { readonly type: 'dropLock'; readonly name: string }
  | { readonly type: 'dropClusterLock'; readonly name: string };

/** Sees to it that what a controller protects and each node with a part in it has a workload lock, and no other. */
export function locksReconciler<T extends KubeObject, E = never>(
  controller: LockController<T>,
  farewell?: Farewell<T, E>,
): Reconciler<T, LocksWorld<E>, LocksStep<E>> {
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
      ...(farewell?.outputs ?? []),
    ],
    concurrency: 1,
    resyncSeconds: 600,
    observe: (reader, object) => observe(reader, object, controller, farewell),
    plan: planLocks,
    steps: locksSteps(controller, farewell),
    status: () => undefined,
    events: ({ gone }, { done }) => [
      ...gone.flatMap(({ tells }) => tells),
      ...done.flatMap((step) => (step.type === 'farewell' ? (farewell?.announce(step.node, step.errand) ?? []) : [])),
    ],
  };
}

async function observe<T extends KubeObject, E>(
  reader: Reader,
  object: T,
  controller: LockController<T>,
  farewell: Farewell<T, E> | undefined,
): Promise<LocksWorld<E>> {
  const { name, deletionTimestamp } = object.metadata;
  const nodeLocks = reader.list(NodeWorkloadLockKind).filter((lock) => isLockOf(controller, lock));
  const gone = nodeLocks.filter(({ spec }) => reader.get(NodeKind, { name: spec.nodeName }) === undefined);
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
    gone: (await farewell?.partingsOf(reader, object, gone)) ?? [],
    clusterLock,
  };
}

/** Pure. */
export function planLocks<E>(world: LocksWorld<E>): Plan<LocksStep<E>> {
  if (world.presence === 'draft') return { steps: [], outcome: settled };
  const isLeaving = world.presence === 'leaving';
  const steps = isLeaving ? released(world) : locked(world);
  const waits = isLeaving ? undefined : world.gone.find((parting) => parting.waits !== undefined)?.waits;
  if (steps.length > 0) return { steps, outcome: progressing() };
  return { steps, outcome: waits === undefined ? settled : { type: 'waiting', ...waits } };
}

function locked<E>({ object, clusterLock, nodes, nodeLocks, gone }: LocksWorld<E>): readonly LocksStep<E>[] {
  const present = new Set(nodeLocks.map(({ spec }) => spec.nodeName));
  const waiting = gone.filter(({ waits }) => waits !== undefined).map(({ node }) => node);
  const kept = new Set([...nodes, ...waiting]);
  const errands = (node: string, all: readonly E[]) =>
    all.map((errand) => ({ type: 'farewell', node, errand }) as const);
  return [
    ...(clusterLock === undefined ? [{ type: 'lockCluster', object } as const] : []),
    ...nodes.filter((node) => !present.has(node)).map((node) => ({ type: 'lockNode', node }) as const),
    ...gone.flatMap(({ node, first }) => errands(node, first)),
    ...gone.flatMap(({ node, rest, waits }) => (waits === undefined ? errands(node, rest) : [])),
    ...nodeLocks
      .filter(({ spec }) => !kept.has(spec.nodeName))
      .map(({ metadata }) => ({ type: 'dropLock', name: metadata.name }) as const),
  ];
}

/** Without what they protect there is nothing to wait for: its locks would hold the cluster for ever. */
function released<E>({ nodeLocks, clusterLock }: LocksWorld<E>): readonly LocksStep<E>[] {
  return [
    ...nodeLocks.map(({ metadata }) => ({ type: 'dropLock', name: metadata.name }) as const),
    ...(clusterLock === undefined ? [] : [{ type: 'dropClusterLock', name: clusterLock.metadata.name } as const]),
  ];
}

function locksSteps<T extends KubeObject, E>(
  controller: LockController<T>,
  farewell: Farewell<T, E> | undefined,
): StepTable<LocksStep<E>> {
  const { controllerName, title } = controller;
  return {
    farewell: {
      describe: ({ node, errand }) => farewell?.describe(node, errand) ?? '',
      run: async ({ node, errand }, writer) => farewell?.run(node, errand, writer),
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
