import {
  type ClusterMaintenanceRequest,
  ClusterMaintenanceRequestKind,
  type ClusterWorkloadLock,
  ClusterWorkloadLockKind,
  type ObjectKey,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
} from '@keelson/api';
import { input, type Plan, type Reader, type Reconciler, settled, type StatusOf, waitingOn } from '@keelson/reconcile';
import { clusterLockOf, isOurs } from './lock-names.js';

export interface ClusterLockWorld {
  readonly lock: ClusterWorkloadLock;
  readonly isOurs: boolean;
  readonly request: ClusterMaintenanceRequest | undefined;
  readonly cloud: OpenStackDeploymentStatus | undefined;
}

/** Lets the cluster be worked on when the cloud is applied and healthy, and holds it again afterwards. */
export function clusterLockReconciler(): Reconciler<ClusterWorkloadLock, ClusterLockWorld, never> {
  return {
    name: 'openstack/clusterlock',
    kind: ClusterWorkloadLockKind,
    summary: 'Lets the cluster be worked on when the cloud is applied and healthy, and holds it again afterwards.',
    inputs: [
      input<ClusterMaintenanceRequest>({ kind: ClusterMaintenanceRequestKind, mapToOwn: everyLock }),
      input<OpenStackDeploymentStatus>({
        kind: OpenStackDeploymentStatusKind,
        mapToOwn: ({ metadata }) => [{ name: clusterLockOf(metadata.name) }],
        relevant: ({ status }) => [status?.osdpl?.state, status?.osdpl?.health, status?.osdpl?.lcm_progress],
      }),
    ],
    outputs: [{ kind: ClusterWorkloadLockKind, mode: 'shared', verbs: ['status'] }],
    concurrency: 1,
    resyncSeconds: 300,
    observe: async (reader, lock) => ({
      lock,
      isOurs: isOurs(lock),
      request: reader.list(ClusterMaintenanceRequestKind)[0],
      cloud: reader
        .list(OpenStackDeploymentStatusKind)
        .find(({ metadata }) => clusterLockOf(metadata.name) === lock.metadata.name),
    }),
    plan: planClusterLock,
    steps: {},
    status: clusterLockStatus,
  };
}

/** Why the cluster may not be worked on yet; undefined when it may. */
function hindranceOf({ cloud }: ClusterLockWorld): string | undefined {
  const osdpl = cloud?.status?.osdpl;
  if (cloud === undefined) return undefined;
  if (osdpl?.state !== 'APPLIED') return `the cloud ${cloud.metadata.name} is ${osdpl?.state ?? 'not applied yet'}`;
  const [healthy, all] = (osdpl.health ?? '').split('/');
  return healthy === all ? undefined : `the cloud ${cloud.metadata.name} is not healthy: ${osdpl.health ?? 'unknown'}`;
}

/** What was let go stays so until the request is withdrawn: nodes that are worked on make a cloud look sick. */
function isReleasedFor({ lock, request }: ClusterLockWorld): boolean {
  return lock.status?.state === 'inactive' && lock.status.release === request?.spec.release;
}

function planClusterLock(world: ClusterLockWorld): Plan<never> {
  const isAsked = world.isOurs && world.request !== undefined && !isReleasedFor(world);
  const hindrance = isAsked ? hindranceOf(world) : undefined;
  if (hindrance === undefined || world.cloud === undefined) return { steps: [], outcome: settled };
  const { namespace = '', name } = world.cloud.metadata;
  const on = { kind: world.cloud.kind, namespace, name };
  return { steps: [], outcome: waitingOn(on, 'CloudNotReady', hindrance, 60) };
}

function clusterLockStatus(world: ClusterLockWorld): StatusOf<ClusterWorkloadLock> | undefined {
  if (!world.isOurs) return undefined;
  const { request } = world;
  if (request === undefined) return { state: 'active' };
  const release = request.spec.release === undefined ? {} : { release: request.spec.release };
  const hindrance = isReleasedFor(world) ? undefined : hindranceOf(world);
  if (hindrance !== undefined)
    return {
      state: 'active',
      errorMessage: `not released: ${hindrance}`,
      ...release,
      inactivationProgress: progressOf(world),
    };
  return { state: 'inactive', ...release };
}

/** By the services that are applied; health is what is left when all are. */
function progressOf({ cloud }: ClusterLockWorld): NonNullable<StatusOf<ClusterWorkloadLock>['inactivationProgress']> {
  const { lcm_progress: progress = '0/0', health } = cloud?.status?.osdpl ?? {};
  const [applied = 0, all = 0] = progress.split('/').map(Number);
  return {
    description: `services applied: ${progress}, healthy: ${health ?? 'unknown'}`,
    percentage: all === 0 ? 0 : Math.floor((applied / all) * 100),
  };
}

function everyLock(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(ClusterWorkloadLockKind).map(({ metadata }) => metadata);
}
