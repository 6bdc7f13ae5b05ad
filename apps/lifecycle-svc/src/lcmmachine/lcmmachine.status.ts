import type { LCMMachineStatus } from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import { isOut, isOverdue, isReturning } from './lcmmachine.deletion.js';
import { isDeployed } from './lcmmachine.items.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
import { operatorsMaintenance, planOut } from './lcmmachine.out.js';
import { troubleOf } from './lcmmachine.trouble.js';
import { lcmStateOf, ucpVersionInUse } from './lcmmachine.states.js';
import type { LcmMachineStep } from './lcmmachine.steps.js';
import { updateTurn } from './lcmmachine.update.js';

/** The controller's part of the status; the agent writes the rest of it under its own name. */
export function lcmMachineStatus(
  world: LcmMachineWorld,
  result: PlanResult<LcmMachineStep>,
): LCMMachineStatus | undefined {
  const { machine } = world;
  // The next pass comes at once and sees what this one has changed: one write for both.
  if (result.outcome.type === 'progressing' && !result.done.some((step) => step.type === 'delete-node'))
    return undefined;
  const trouble = troubleOf(world);
  const ucpVersion = ucpVersionInUse(machine);
  const release = isDeployed(machine) ? machine.spec.release : machine.status?.release;
  return {
    state: lcmStateOf(machine),
    ...(ucpVersion === undefined ? {} : { components: { ucpVersion } }),
    ...(release === undefined ? {} : { release }),
    ...(machine.spec.distribution === undefined ? {} : { distribution: machine.spec.distribution }),
    lcmOperationStuck: trouble !== undefined,
    ...(trouble === undefined ? {} : { lcmOperationStuckMessage: trouble.message }),
    ...rebootDueOf(world, release),
    ...(isInMaintenance(world) ? { maintenance: true } : {}),
    ...cordonStatus(world),
    ...leavingStatus(world, result),
  };
}

/**
 * A restart that the way to the release asks for, after a turn without one; until the host has booted anew, whoever had it do
 * so. What its turn was is known as long as the release is not shown.
 */
function rebootDueOf(world: LcmMachineWorld, release: string | undefined): Pick<LCMMachineStatus, 'rebootDue'> {
  const { machine, lcmCluster } = world;
  const { rebootDue: before, release: last, reboot, hostInfo: { bootID } = {} } = machine.status ?? {};
  const boot = bootID === undefined ? {} : { bootID };
  const isUpdated = last !== undefined && release !== undefined && release !== last;
  if (isUpdated && lcmCluster?.spec.nodesRebootRequired === true && updateTurn(world)?.reboots === false)
    return { rebootDue: { release, ...boot } };
  const isOver =
    reboot?.completed === true || (before?.bootID !== undefined && bootID !== undefined && before.bootID !== bootID);
  return before === undefined || isOver ? {} : { rebootDue: { ...boot, ...before } };
}

/** True once the node is out of use because its maintenance was asked for. */
function isInMaintenance(world: LcmMachineWorld): boolean {
  return world.machine.spec.maintenance === true && planOut(world, 'maintenance', operatorsMaintenance) === undefined;
}

type Cordon = Pick<LCMMachineStatus, 'kubernetesCordonDrain' | 'kubernetesCordonDrainError'>;

function cordonStatus({ drain }: LcmMachineWorld): Cordon {
  if (drain === undefined) return {};
  const { value, message } = drain.state.status ?? {};
  if (drain.state.spec.value === 'false') return { kubernetesCordonDrain: 'uncordoning' };
  if (value === 'true') return { kubernetesCordonDrain: 'cordondrained' };
  return {
    kubernetesCordonDrain: 'cordondraining',
    ...(message === undefined ? {} : { kubernetesCordonDrainError: message }),
  };
}

type Leaving = Pick<LCMMachineStatus, 'prepareDeletionPhase' | keyof Cordon>;

function leavingStatus(world: LcmMachineWorld, { done, failed, outcome }: PlanResult<LcmMachineStep>): Leaving {
  const { machine } = world;
  if (machine.spec.prepareDeletion !== true) return isReturning(world) ? { prepareDeletionPhase: 'aborting' } : {};
  const isOver =
    machine.status?.prepareDeletionPhase === 'completed' ||
    isOut(world) ||
    done.some((step) => step.type === 'delete-node');
  if (isOver) return { prepareDeletionPhase: 'completed', kubernetesCordonDrain: 'cordondrained' };
  const error =
    failed?.failure.message ??
    (outcome.type === 'waiting' && outcome.reason !== 'Draining' ? outcome.message : undefined);
  return {
    prepareDeletionPhase: isOverdue(world) ? 'failed' : 'started',
    ...(error === undefined ? {} : { kubernetesCordonDrainError: error }),
  };
}
