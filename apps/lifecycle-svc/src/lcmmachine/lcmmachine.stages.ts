import { type MachineUpgradeStage, type UpgradeStages, machineUpgradeStages } from '@keelson/api';
import { type StageFact, advanceStages, isOver } from '../stages/stages.js';
import { undone } from './lcmmachine.items.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
import { lockedOutcome } from './lcmmachine.out.js';
import { lcmStateOf } from './lcmmachine.states.js';
import { troubleOf } from './lcmmachine.trouble.js';
import { isOutdated, updateTurn } from './lcmmachine.update.js';

/**
 * The stages of the machine's update as they are to be shown; undefined when nothing of them has changed, or no update is
 * under way. Source of the names: reference/mosk-api/lifecycle.md, "LCM upgrade orchestration".
 */
export function upgradeStagesOf(world: LcmMachineWorld): UpgradeStages | undefined {
  const { machine, lcmCluster, upgradeStatus, now } = world;
  const release = lcmCluster?.spec.release;
  if (release === undefined || !isFollowed(world, release)) return undefined;
  return advanceStages(upgradeStatus, {
    facts: factsOf(world, release),
    names: machineUpgradeStages,
    now,
    release,
    fromRelease: machine.status?.release ?? machine.spec.release,
    failure: troubleOf(world)?.message,
  });
}

/** From the machine's turn until the last stage is over. */
function isFollowed(world: LcmMachineWorld, release: string): boolean {
  const { upgradeStatus } = world;
  if (upgradeStatus?.release === release && world.machine.spec.release === release) return !isOver(upgradeStatus);
  return updateTurn(world) !== undefined && isOutdated(world);
}

function factsOf(world: LcmMachineWorld, release: string): readonly StageFact<MachineUpgradeStage>[] {
  const { machine } = world;
  const isGiven = machine.spec.release === release;
  const way = wayOut(world, release, isGiven);
  const isDone = (phase: 'prepare' | 'deploy' | 'reconfigure'): boolean =>
    isGiven && undone(machine, phase).length === 0;
  const isRestarted = isDone('reconfigure') && lcmStateOf(machine) === 'Ready' && machine.spec.rebootRequired !== true;
  const isBack = isRestarted && way.isBack;
  const isFree = isBack && way.isWithdrawn;
  const agent: StageFact<MachineUpgradeStage> = {
    name: 'Agent upgraded',
    isDone: isAgentAsked(world) && (hasAgent(world) || isRestarted),
    ...(hasAgent(world) ? {} : { note: otherAgent }),
  };
  const replacesItself = hasAgent(world) || machine.status?.lcmAgentUpgradeStatus !== undefined;
  return [
    ...(replacesItself ? [agent] : []),
    { name: 'Prepare phase done', isDone: isGiven ? isDone('prepare') : way.isRequested },
    { name: 'Previous machines are deployed', isDone: true },
    { name: 'Node maintenance requested', isDone: way.isRequested },
    { name: 'Node workload locks inactive', isDone: way.isUnlocked, ...(isGiven ? passedOver(world) : {}) },
    { name: 'Kubernetes drained', isDone: way.isDrained, ...(isGiven ? passedOver(world) : {}) },
    { name: 'Swarm drained', isDone: way.isDrained, note: noSwarm },
    ...(replacesItself ? [] : [agent]),
    { name: 'Deploy phase done', isDone: isDone('prepare') && isDone('deploy') },
    { name: 'Reconfigure phase done', isDone: isDone('reconfigure') && isDone('deploy') },
    { name: 'Reboot done', isDone: isRestarted, ...(updateTurn(world)?.reboots === true ? {} : { note: noRestart }) },
    { name: 'Swarm uncordoned', isDone: isBack, note: noSwarm },
    { name: 'Kubernetes uncordoned', isDone: isBack },
    { name: 'Node maintenance request removed', isDone: isFree },
    { name: 'Machine Upgraded', isDone: isFree },
  ];
}

/** An agent that can be replaced by another does so before it begins an item. */
const otherAgent = 'the agent on the host is not replaced by itself; it has done the items as it is';
const noSwarm = 'nothing runs in Swarm';
const noRestart = 'no restart was asked for';

/** How far the node is out of use, or back in it. Prepare items alone are given to one in use. */
function wayOut({ child, node, drain, locks }: LcmMachineWorld, release: string, isGiven: boolean) {
  const name = node?.metadata.name ?? '';
  const request = child.protocol?.nodeRequest(name);
  const isSeen = child.protocol !== undefined && child.contact.answers && node !== undefined;
  const isRequested = isGiven || request?.spec.release === release;
  const isOurs = drain?.reason === 'upgrade';
  const isUnlocked = isRequested && (isOurs || lockedOutcome({ locks }, name) === undefined);
  return {
    isRequested,
    isUnlocked: isGiven || isUnlocked,
    isDrained: isGiven || (isRequested && isOurs && drain.state.status?.value === 'true'),
    isBack:
      isSeen &&
      (drain === undefined
        ? request === undefined
        : drain.state.spec.value === 'false' && drain.state.status?.value === 'false'),
    isWithdrawn: isSeen && request === undefined,
  };
}

/** What is done by the time items are given, without a drain, an operator has passed over. */
function passedOver({ drain }: LcmMachineWorld): { note?: string } {
  return drain === undefined ? { note: 'an operator has passed over it' } : {};
}

/** True once it is told which agent goes with the release that it is to be on. */
function isAgentAsked({ machine: { spec }, agent }: LcmMachineWorld): boolean {
  return agent === undefined || spec.agentConfig?.version === agent.version;
}

/** True when the agent is the one that goes with the release, or the release names none. */
function hasAgent({ machine: { spec, status } }: LcmMachineWorld): boolean {
  return spec.agentConfig?.version === undefined || spec.agentConfig.version === status?.agentVersion;
}
