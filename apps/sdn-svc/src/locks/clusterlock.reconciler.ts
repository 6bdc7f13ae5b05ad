import {
  type ClusterMaintenanceRequest,
  ClusterMaintenanceRequestKind,
  type ClusterWorkloadLock,
  ClusterWorkloadLockKind,
  type ObjectKey,
  type TFOperator,
  TFOperatorKind,
} from '@keelson/api';
import { input, type Plan, type Reader, type Reconciler, settled, type StatusOf, waitingOn } from '@keelson/reconcile';
import { clusterLockOf, isOurs } from './lock-names.js';

export interface ClusterLockWorld {
  readonly isOurs: boolean;
  readonly request: ClusterMaintenanceRequest | undefined;
  readonly operator: TFOperator | undefined;
}

/** Lets the cluster be worked on when OpenSDN runs what it is to run, and holds it again afterwards. */
export function clusterLockReconciler(): Reconciler<ClusterWorkloadLock, ClusterLockWorld, never> {
  return {
    name: 'sdn/clusterlock',
    kind: ClusterWorkloadLockKind,
    summary: 'Lets the cluster be worked on when OpenSDN runs what it is to run, and holds it again afterwards.',
    inputs: [
      input<ClusterMaintenanceRequest>({ kind: ClusterMaintenanceRequestKind, mapToOwn: everyLock }),
      input<TFOperator>({
        kind: TFOperatorKind,
        mapToOwn: ({ metadata }) => [{ name: clusterLockOf(metadata.name) }],
        relevant: ({ status }) => [status?.state, status?.health],
      }),
    ],
    outputs: [{ kind: ClusterWorkloadLockKind, mode: 'shared', verbs: ['status'] }],
    concurrency: 1,
    resyncSeconds: 300,
    observe: async (reader, lock) => ({
      isOurs: isOurs(lock),
      request: reader.list(ClusterMaintenanceRequestKind)[0],
      operator: reader.list(TFOperatorKind).find(({ metadata }) => clusterLockOf(metadata.name) === lock.metadata.name),
    }),
    plan: planClusterLock,
    steps: {},
    status: clusterLockStatus,
  };
}

/** Why the cluster may not be worked on yet; undefined when it may. */
function hindranceOf({ operator }: ClusterLockWorld): string | undefined {
  if (operator === undefined) return undefined;
  const { state = 'Pending', health } = operator.status ?? {};
  if (state !== 'Ready') return `OpenSDN ${operator.metadata.name} is ${state}`;
  const [healthy, all] = (health ?? '').split('/');
  return healthy === all ? undefined : `OpenSDN ${operator.metadata.name} is not healthy: ${health ?? 'unknown'}`;
}

function planClusterLock(world: ClusterLockWorld): Plan<never> {
  const hindrance = world.isOurs && world.request !== undefined ? hindranceOf(world) : undefined;
  if (hindrance === undefined || world.operator === undefined) return { steps: [], outcome: settled };
  const { namespace = '', name } = world.operator.metadata;
  return {
    steps: [],
    outcome: waitingOn({ kind: TFOperatorKind.kind, namespace, name }, 'SdnNotReady', hindrance, 60),
  };
}

function clusterLockStatus(world: ClusterLockWorld): StatusOf<ClusterWorkloadLock> | undefined {
  if (!world.isOurs) return undefined;
  const { request } = world;
  if (request === undefined) return { state: 'active' };
  const release = request.spec.release === undefined ? {} : { release: request.spec.release };
  const hindrance = hindranceOf(world);
  if (hindrance !== undefined) return { state: 'active', errorMessage: `not released: ${hindrance}`, ...release };
  return { state: 'inactive', ...release };
}

function everyLock(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(ClusterWorkloadLockKind).map(({ metadata }) => metadata);
}
