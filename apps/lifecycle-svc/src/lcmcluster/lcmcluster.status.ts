import type { LCMClusterStatus } from '@keelson/api';
import { named } from '../membership.js';
import type { LcmClusterWorld } from './lcmcluster.observe.js';
import { countedOf, isDone } from './lcmcluster.plan.js';

export function lcmClusterStatus(world: LcmClusterWorld): LCMClusterStatus {
  const counted = countedOf(world);
  const stuck = counted
    .filter(({ lcmMachine }) => lcmMachine.status?.lcmOperationStuck === true)
    .map((member) => member.lcmMachine);
  const { release } = world.lcmCluster.spec;
  const isInstalled = counted.length > 0 && counted.every(({ lcmMachine }) => isDone(lcmMachine));
  return {
    requestedNodes: counted.length,
    readyNodes: counted.filter(({ lcmMachine }) => isDone(lcmMachine)).length,
    ...(release !== undefined && (isInstalled || world.lcmCluster.status?.release === release) ? { release } : {}),
    lcmOperationStuck: stuck.length > 0,
    ...(stuck.length === 0
      ? {}
      : { lcmOperationStuckMessage: `${named(stuck)}: ${stuck[0]?.status?.lcmOperationStuckMessage ?? ''}` }),
  };
}
