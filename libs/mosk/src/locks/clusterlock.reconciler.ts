import {
  type ClusterMaintenanceRequest,
  ClusterMaintenanceRequestKind,
  type ClusterWorkloadLock,
  ClusterWorkloadLockKind,
  type Kind,
  type KubeObject,
  type ObjectKey,
  type WorkloadLockStatus,
} from '@keelson/api';
import { input, type Plan, type Reader, type Reconciler, settled, type StatusOf, waitingOn } from '@keelson/reconcile';
import { isLockOf, type LockController, lockNameOf, releaseMismatch } from './lock-controller.js';

/** When a cluster may be worked on, by the status of what is protected. */
export interface ClusterLockRules<V extends KubeObject> {
  /** The kind whose status tells; its objects have the names of what is protected. */
  readonly kind: Kind<V>;
  /** The part of it that the rules read. */
  relevant(view: V): unknown;
  /** Why the cluster may not be worked on yet, as a sentence; undefined when it may. */
  hindranceOf(view: V): string | undefined;
  /**
   * The Cluster release that it is of: work for another one waits until it is of that. Left out where it has none.
   *
   * Source: reference/mosk-api/maintenance-and-updates.md, sequence A, steps 4 and 5.
   */
  releaseOf?(view: V): string | undefined;
  /** Such as `CloudNotReady`. */
  readonly reason: string;
  progressOf?(view: V): NonNullable<WorkloadLockStatus['inactivationProgress']>;
}

export interface ClusterLockWorld<V> {
  readonly lock: ClusterWorkloadLock;
  readonly isOurs: boolean;
  readonly request: ClusterMaintenanceRequest | undefined;
  readonly view: V | undefined;
}

/** Lets the cluster be worked on when what is protected is as it is to be, and holds it again afterwards. */
export function clusterLockReconciler<T extends KubeObject, V extends KubeObject>(
  controller: LockController<T>,
  rules: ClusterLockRules<V>,
): Reconciler<ClusterWorkloadLock, ClusterLockWorld<V>, never> {
  return {
    name: `${controller.root}/clusterlock`,
    kind: ClusterWorkloadLockKind,
    summary: `Lets the cluster be worked on when ${controller.title} is applied and healthy, and holds it again afterwards.`,
    inputs: [
      input<ClusterMaintenanceRequest>({ kind: ClusterMaintenanceRequestKind, mapToOwn: everyLock }),
      input<V>({
        kind: rules.kind,
        mapToOwn: ({ metadata }) => [{ name: lockNameOf(controller, metadata.name) }],
        relevant: (view) => rules.relevant(view),
      }),
    ],
    outputs: [{ kind: ClusterWorkloadLockKind, mode: 'shared', verbs: ['status'] }],
    concurrency: 1,
    resyncSeconds: 300,
    observe: async (reader, lock) => ({
      lock,
      isOurs: isLockOf(controller, lock),
      request: reader.list(ClusterMaintenanceRequestKind)[0],
      view: reader
        .list(rules.kind)
        .find(({ metadata }) => lockNameOf(controller, metadata.name) === lock.metadata.name),
    }),
    plan: (world) => planClusterLock(world, rules),
    steps: {},
    status: (world) => clusterLockStatus(world, rules),
  };
}

/** What was let go stays so until the request is withdrawn: nodes that are worked on make a cloud look sick. */
function isReleasedFor<V>({ lock, request }: ClusterLockWorld<V>): boolean {
  return lock.status?.state === 'inactive' && lock.status.release === request?.spec.release;
}

function hindranceIn<V extends KubeObject>(world: ClusterLockWorld<V>, rules: ClusterLockRules<V>): string | undefined {
  const { isOurs, request, view } = world;
  if (!isOurs || request === undefined || view === undefined || isReleasedFor(world)) return undefined;
  return otherRelease(request, view, rules) ?? rules.hindranceOf(view);
}

/** Work for a release begins when everything in the cluster is of it: nodes come last. */
function otherRelease<V extends KubeObject>(
  { spec: { release: asked } }: ClusterMaintenanceRequest,
  view: V,
  rules: ClusterLockRules<V>,
): string | undefined {
  if (rules.releaseOf === undefined || asked === undefined) return undefined;
  return releaseMismatch(view.metadata.name, rules.releaseOf(view), { what: 'the cluster', asked });
}

function planClusterLock<V extends KubeObject>(world: ClusterLockWorld<V>, rules: ClusterLockRules<V>): Plan<never> {
  const hindrance = hindranceIn(world, rules);
  if (hindrance === undefined || world.view === undefined) return { steps: [], outcome: settled };
  const { namespace = '', name } = world.view.metadata;
  return { steps: [], outcome: waitingOn({ kind: rules.kind.kind, namespace, name }, rules.reason, hindrance, 60) };
}

function clusterLockStatus<V extends KubeObject>(
  world: ClusterLockWorld<V>,
  rules: ClusterLockRules<V>,
): StatusOf<ClusterWorkloadLock> | undefined {
  const { isOurs, request, view } = world;
  if (!isOurs) return undefined;
  if (request === undefined) return { state: 'active' };
  const release = request.spec.release === undefined ? {} : { release: request.spec.release };
  const hindrance = hindranceIn(world, rules);
  if (hindrance === undefined) return { state: 'inactive', ...release };
  const progress = view === undefined ? undefined : rules.progressOf?.(view);
  return {
    state: 'active',
    errorMessage: `not released: ${hindrance}`,
    ...release,
    ...(progress === undefined ? {} : { inactivationProgress: progress }),
  };
}

function everyLock(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(ClusterWorkloadLockKind).map(({ metadata }) => metadata);
}
