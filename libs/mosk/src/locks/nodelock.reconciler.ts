import {
  type KubeObject,
  type Node,
  type NodeDeletionRequest,
  NodeDeletionRequestKind,
  NodeKind,
  type NodeMaintenanceRequest,
  NodeMaintenanceRequestKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type ObjectKey,
  type Reference,
  type WorkloadLockStatus,
} from '@keelson/api';
import {
  type Input,
  input,
  type Output,
  type Plan,
  progressing,
  type Reader,
  type Reconciler,
  settled,
  type StatusOf,
  type Step,
  type StepTable,
  waitingOn,
} from '@keelson/reconcile';
import { isLockOf, type LockController } from './lock-controller.js';

/** What every controller looks at first when a node is to be worked on. */
export interface NodeLockFacts {
  readonly now: number;
  readonly lock: NodeWorkloadLock;
  readonly isOurs: boolean;
  /** What the lock protects is there. */
  readonly isProtecting: boolean;
  readonly node: Node | undefined;
  readonly request: NodeMaintenanceRequest | undefined;
  readonly deletion: NodeDeletionRequest | undefined;
}

/** What the lock of a node should be, and why it is not what is asked for. */
export interface NodeLockVerdict<S> {
  readonly state: 'active' | 'inactive';
  readonly steps?: readonly S[];
  /** Why the lock is not what is asked for, as a sentence. */
  readonly hindrance?: string;
  /** Whom it waits for; the lock's node unless given. */
  readonly on?: Reference;
  /** Looked at again after so many seconds when nothing happens; at once where steps come first that change what is seen. */
  readonly lookAfterSeconds?: number | 'now';
  /** How far the release got. */
  readonly progress?: NonNullable<WorkloadLockStatus['inactivationProgress']>;
}

/** How a controller decides about the locks of nodes. */
export interface NodeLockRules<W extends NodeLockFacts, S extends Step> {
  readonly summary: string;
  /** Beside requests. Nodes are among them, mapped to the locks they matter to. */
  readonly inputs: readonly Input[];
  readonly polls?: Reconciler<NodeWorkloadLock, W, S>['polls'];
  /** What steps do to the lock itself. */
  readonly verbs?: readonly 'patch'[];
  /** What steps write beside it. */
  readonly outputs?: readonly Output[];
  readonly concurrency: number;
  /** All reads beside the facts. */
  observe(reader: Reader, facts: NodeLockFacts): Promise<W>;
  /** Pure. The checks come in order; the first that does not hold is told. */
  verdictOf(world: W): NodeLockVerdict<S>;
  readonly steps: StepTable<S>;
}

const lookAfterSeconds = 60;

/** Lets nodes be worked on when nothing of the controller's is in the way, and takes them back. */
export function nodeLockReconciler<T extends KubeObject, W extends NodeLockFacts, S extends Step>(
  controller: LockController<T>,
  rules: NodeLockRules<W, S>,
): Reconciler<NodeWorkloadLock, W, S> {
  return {
    name: `${controller.root}/nodelock`,
    kind: NodeWorkloadLockKind,
    summary: rules.summary,
    inputs: [
      // A lock of what is gone holds nobody.
      input<T>({ kind: controller.kind, mapToOwn: everyNodeLock, relevant: ({ metadata }) => metadata.uid }),
      // The return of one node lets the next go.
      input<NodeMaintenanceRequest>({ kind: NodeMaintenanceRequestKind, mapToOwn: everyNodeLock }),
      input<NodeDeletionRequest>({ kind: NodeDeletionRequestKind, mapToOwn: everyNodeLock }),
      ...rules.inputs,
    ],
    outputs: [
      { kind: NodeWorkloadLockKind, mode: 'shared', verbs: ['status', ...(rules.verbs ?? [])] },
      ...(rules.outputs ?? []),
    ],
    ...(rules.polls === undefined ? {} : { polls: rules.polls }),
    concurrency: rules.concurrency,
    resyncSeconds: 300,
    observe: (reader, lock) => rules.observe(reader, factsOf(reader, lock, controller)),
    plan: (world) => planNodeLock(world, rules),
    steps: rules.steps,
    status: (world) => nodeLockStatus(world, rules),
  };
}

function factsOf<T extends KubeObject>(
  reader: Reader,
  lock: NodeWorkloadLock,
  controller: LockController<T>,
): NodeLockFacts {
  const { nodeName } = lock.spec;
  return {
    now: reader.now,
    lock,
    isOurs: isLockOf(controller, lock),
    isProtecting: reader.list(controller.kind).length > 0,
    node: reader.get(NodeKind, { name: nodeName }),
    request: reader.list(NodeMaintenanceRequestKind).find(({ spec }) => spec.nodeName === nodeName),
    deletion: reader.list(NodeDeletionRequestKind).find(({ spec }) => spec.nodeName === nodeName),
  };
}

function planNodeLock<W extends NodeLockFacts, S extends Step>(
  world: W,
  rules: Pick<NodeLockRules<W, S>, 'verdictOf'>,
): Plan<S> {
  if (!world.isOurs || !world.isProtecting) return { steps: [], outcome: settled };
  const { steps = [], hindrance, on, lookAfterSeconds: after = lookAfterSeconds } = rules.verdictOf(world);
  if (hindrance === undefined) return { steps, outcome: settled };
  if (after === 'now') return { steps, outcome: progressing(hindrance) };
  const node: Reference = { kind: 'Node', name: world.lock.spec.nodeName };
  return { steps, outcome: waitingOn(on ?? node, 'NotReleased', hindrance, after) };
}

function nodeLockStatus<W extends NodeLockFacts, S extends Step>(
  world: W,
  rules: Pick<NodeLockRules<W, S>, 'verdictOf'>,
): StatusOf<NodeWorkloadLock> | undefined {
  if (!world.isOurs) return undefined;
  if (!world.isProtecting) return { state: 'inactive' };
  const { state, hindrance, progress } = rules.verdictOf(world);
  const release = world.request?.spec.release;
  return {
    state,
    ...(hindrance === undefined ? {} : { errorMessage: hindrance }),
    ...(release === undefined ? {} : { release }),
    ...(progress === undefined ? {} : { inactivationProgress: progress }),
  };
}

/** For inputs whose change may matter to the lock of any node. */
export function everyNodeLock(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(NodeWorkloadLockKind).map(({ metadata }) => metadata);
}

/** For inputs that matter to the locks of one node. */
export function locksOfNode(reader: Reader, node: string): readonly ObjectKey[] {
  return reader
    .list(NodeWorkloadLockKind)
    .filter(({ spec }) => spec.nodeName === node)
    .map(({ metadata }) => metadata);
}

/** Whether a node says of itself that it is Ready. */
export function isNodeReady(node: Node | undefined): boolean {
  return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}
