import type { LCMMachineStatus } from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import { isOut, isOverdue, isReturning } from './lcmmachine.deletion.js';
import { isDeployed } from './lcmmachine.items.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
import { operatorsMaintenance, planOut } from './lcmmachine.out.js';
import { troubleOf } from './lcmmachine.trouble.js';
import { lcmStateOf, ucpVersionInUse } from './lcmmachine.states.js';
import type { LcmMachineStep } from './lcmmachine.steps.js';

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
    ...(isInMaintenance(world) ? { maintenance: true } : {}),
    ...cordonStatus(world),
    ...leavingStatus(world, result),
  };
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
