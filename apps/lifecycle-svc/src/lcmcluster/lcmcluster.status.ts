import type { LCMClusterStatus } from '@keelson/api';
import { named } from '../membership.js';
import { maintenanceStatus } from './lcmcluster.maintenance.js';
import type { LcmClusterWorld } from './lcmcluster.observe.js';
import type { LcmClusterState } from './lcmcluster.states.js';
import { isUpdating } from './lcmcluster.update.js';
import { countedOf, isDone } from './lcmcluster.plan.js';

export function lcmClusterStatus(world: LcmClusterWorld): LCMClusterStatus {
  const counted = countedOf(world);
  const stuck = counted
    .filter(({ lcmMachine }) => lcmMachine.status?.lcmOperationStuck === true)
    .map((member) => member.lcmMachine);
  const isInstalled = counted.length > 0 && counted.every(({ lcmMachine }) => isDone(lcmMachine));
  const maintenance = maintenanceStatus(world);
  return {
    phase: phaseFrom(world, { isIn: maintenance.maintenance === true, isStuck: stuck.length > 0 }),
    requestedNodes: counted.length,
    // Once it was there it stays: it is Keelson's own, and what it sees is told by the bundle.
    helmControllerDeployed: world.lcmCluster.status?.helmControllerDeployed === true || world.hasHelm,
    readyNodes: counted.filter(({ lcmMachine }) => isDone(lcmMachine)).length,
    ...releaseInUse(world, isInstalled),
    ...maintenance,
    lcmOperationStuck: stuck.length > 0,
    ...(stuck.length === 0
      ? {}
      : { lcmOperationStuckMessage: `${named(stuck)}: ${stuck[0]?.status?.lcmOperationStuckMessage ?? ''}` }),
  };
}

/** Moves when every machine is on the release and back in use. */
function releaseInUse(world: LcmClusterWorld, isInstalled: boolean): Pick<LCMClusterStatus, 'release'> {
  const { spec, status } = world.lcmCluster;
  const release = isInstalled && !isUpdating(world) ? spec.release : status?.release;
  return release === undefined ? {} : { release };
}

function phaseFrom(world: LcmClusterWorld, is: { isIn: boolean; isStuck: boolean }): LcmClusterState {
  if (isUpdating(world)) return 'Updating';
  if (world.lcmCluster.spec.maintenance === true) return is.isIn ? 'Maintenance' : 'EntersMaintenance';
  if (is.isIn) return 'LeavesMaintenance';
  const counted = countedOf(world);
  if (counted.length === 0) return 'Pending';
  if (is.isStuck) return 'Stuck';
  return counted.every(({ lcmMachine }) => isDone(lcmMachine)) ? 'Ready' : 'Deploying';
}
