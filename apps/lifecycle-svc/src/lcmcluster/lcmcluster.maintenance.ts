import { type ClusterWorkloadLock, type LCMClusterStatus, keyOf } from '@keelson/api';
import { type Outcome, type Plan, waitingOn } from '@keelson/reconcile';
import type { MaintenanceAsked } from '../child/child-clusters.js';
import { isHolding, said } from '../lcmmachine/lcmmachine.out.js';
import type { LcmClusterWorld } from './lcmcluster.observe.js';
import { apiSilent } from './lcmcluster.silent.js';
import type { LcmClusterStep } from './lcmcluster.steps.js';

/** How a whole cluster is made ready for work on it, and how that ends. */

/** What an operator's maintenance of a cluster asks. */
export const operatorsMaintenance: MaintenanceAsked = { scope: 'os' };

/** Maintenance as asked for; undefined when it stands so and nothing of it is left to do. */
export function planMaintenance(world: LcmClusterWorld): Plan<LcmClusterStep> | undefined {
  const { lcmCluster } = world;
  if (lcmCluster.spec.maintenance === true)
    return lcmCluster.status?.maintenance === true && world.child.protocol?.clusterRequest() !== undefined
      ? undefined
      : planReady(world, operatorsMaintenance);
  return planRelease(world);
}

/** Asks the workloads of the cluster to be ready and waits for all of their locks; undefined once they are released. */
export function planReady(world: LcmClusterWorld, asked: MaintenanceAsked): Plan<LcmClusterStep> | undefined {
  const { lcmCluster, child } = world;
  const { name } = lcmCluster.metadata;
  const unseen = unseenOutcome(world);
  if (unseen !== undefined) return { steps: [], outcome: unseen };
  const request = child.protocol?.clusterRequest();
  if (request?.spec.scope !== asked.scope || request.spec.release !== asked.release)
    return {
      steps: [{ type: 'request-maintenance', cluster: keyOf(lcmCluster), asked }],
      outcome: waitingOn(
        { kind: 'ClusterMaintenanceRequest', name },
        'Requested',
        'the workloads of the cluster are asked to be ready for work on it',
        1,
      ),
    };
  const held = lockedOutcome(world.locks);
  return held === undefined ? undefined : { steps: [], outcome: held };
}

/** Withdraws the request once no node is out of use any more. */
function planRelease(world: LcmClusterWorld): Plan<LcmClusterStep> | undefined {
  const { lcmCluster, child } = world;
  const request = child.protocol?.clusterRequest();
  if (request === undefined) return undefined;
  const [node] = child.protocol?.nodeRequests() ?? [];
  if (node !== undefined)
    return {
      steps: [],
      outcome: waitingOn(
        { kind: 'NodeMaintenanceRequest', name: node.metadata.name },
        'NodesOut',
        `node ${node.spec.nodeName} is still out of use`,
        5,
      ),
    };
  return {
    steps: [{ type: 'withdraw-maintenance', cluster: keyOf(lcmCluster) }],
    outcome: waitingOn(
      { kind: 'ClusterMaintenanceRequest', name: request.metadata.name },
      'Returning',
      'the work on the cluster is over: the request for its maintenance is withdrawn',
      1,
    ),
  };
}

function unseenOutcome(world: LcmClusterWorld): Outcome | undefined {
  const { namespace, name } = world.lcmCluster.metadata;
  const silent = apiSilent(world, 5);
  if (silent !== undefined || world.child.protocol !== undefined) return silent;
  const api = { kind: 'KubernetesAPI', name: `${namespace ?? ''}/${name}` };
  return waitingOn(api, 'ProtocolUnread', 'the locks of workloads are being read', 2);
}

function lockedOutcome(locks: readonly ClusterWorkloadLock[]): Outcome | undefined {
  const holding = locks.filter(isHolding);
  const lock = holding.find((one) => one.status?.state === 'failed') ?? holding[0];
  if (lock === undefined) return undefined;
  const failed = lock.status?.state === 'failed';
  const { controllerName } = lock.spec;
  return waitingOn(
    { kind: 'ClusterWorkloadLock', name: lock.metadata.name },
    failed ? 'WorkloadLockFailed' : 'WorkloadLocked',
    failed
      ? `${controllerName} could not release its lock on the cluster and needs an operator${said(lock)}`
      : `${controllerName} has not released its lock on the cluster${said(lock)}; delete the lock, or set it inactive, to go on`,
    30,
  );
}

/** In maintenance from the moment every lock is released until the request is withdrawn. */
export function maintenanceStatus(world: LcmClusterWorld): Pick<LCMClusterStatus, 'maintenance'> {
  const { lcmCluster, child } = world;
  if (child.protocol !== undefined && child.protocol.clusterRequest() === undefined) return {};
  const wasIn = lcmCluster.status?.maintenance === true;
  if (lcmCluster.spec.maintenance !== true) return wasIn ? { maintenance: true } : {};
  return wasIn || planReady(world, operatorsMaintenance) === undefined ? { maintenance: true } : {};
}
