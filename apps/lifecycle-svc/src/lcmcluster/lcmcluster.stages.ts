import { type ClusterUpgradeStage, type UpgradeStages, clusterUpgradeStages } from '@keelson/api';
import { named, partOf } from '../membership.js';
import { type StageFact, advanceStages, isOver } from '../stages/stages.js';
import type { LcmClusterWorld, LcmMember } from './lcmcluster.observe.js';
import { updateTurnsOf } from './lcmcluster.turn.js';
import { isDone, membersOf } from './lcmcluster.update.js';

/**
 * The stages of the cluster's update as they are to be shown; undefined when nothing of them has changed, or no update is
 * under way. Source of the names: reference/mosk-api/lifecycle.md, "LCM upgrade orchestration".
 */
export function upgradeStagesOf(world: LcmClusterWorld): UpgradeStages | undefined {
  const { lcmCluster, upgradeStatus, now } = world;
  const { release } = lcmCluster.spec;
  if (release === undefined || !isFollowed(world, release)) return undefined;
  return advanceStages(upgradeStatus, {
    facts: factsOf(world, release),
    names: clusterUpgradeStages,
    now,
    release,
    fromRelease: lcmCluster.status?.release,
    failure: failureOf(world),
  });
}

/** From the moment the update is asked for until the last stage is over. */
function isFollowed(world: LcmClusterWorld, release: string): boolean {
  if (world.upgradeStatus?.release === release) return !isOver(world.upgradeStatus);
  return membersOf(world).some(({ lcmMachine: { spec } }) => spec.release !== undefined && spec.release !== release);
}

function factsOf(world: LcmClusterWorld, release: string): readonly StageFact<ClusterUpgradeStage>[] {
  const members = membersOf(world);
  const areDone = (some: readonly LcmMember[]): boolean => some.every((member) => isDone(world, member));
  const isBegun = updateTurnsOf(world.lcmCluster).length > 0;
  const request = world.child.protocol?.clusterRequest();
  const isControlDone = areDone(members.filter(({ machine }) => partOf(machine) === 'control'));
  const isWorkerDone = areDone(members.filter(({ machine }) => partOf(machine) === 'worker'));
  const isAllDone = isControlDone && isWorkerDone && !isBegun;
  return [
    { name: 'Requested cluster maintenance', isDone: isBegun || request?.spec.release === release },
    { name: 'Cluster workload locks are inactive', isDone: isBegun || isAllDone },
    { name: 'Control plane nodes MKE upgraded', isDone: isControlDone },
    { name: 'Worker nodes MKE upgraded', isDone: isControlDone && isWorkerDone },
    { name: 'All machines of the cluster upgraded', isDone: isAllDone },
    {
      name: 'Cluster maintenance request removed',
      isDone: isAllDone && world.child.protocol !== undefined && request === undefined,
    },
  ];
}

function failureOf(world: LcmClusterWorld): string | undefined {
  const stuck = membersOf(world).filter(({ lcmMachine }) => lcmMachine.status?.lcmOperationStuck === true);
  const [first] = stuck;
  return first === undefined
    ? undefined
    : `${named(stuck.map(({ machine }) => machine))}: ${first.lcmMachine.status?.lcmOperationStuckMessage ?? 'does not get on'}`;
}
