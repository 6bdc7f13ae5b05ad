import type { LCMMachineStatus } from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import { drainDeadline, isOut, isOverdue, leavingAnnotation } from './lcmmachine.drain.js';
import { isDeployed } from './lcmmachine.items.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
import { troubleOf } from './lcmmachine.plan.js';
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
  return {
    state: lcmStateOf(machine),
    ...(ucpVersion === undefined ? {} : { components: { ucpVersion } }),
    ...(isDeployed(machine) && machine.spec.release !== undefined ? { release: machine.spec.release } : {}),
    ...(machine.spec.distribution === undefined ? {} : { distribution: machine.spec.distribution }),
    lcmOperationStuck: trouble !== undefined,
    ...(trouble === undefined ? {} : { lcmOperationStuckMessage: trouble.message }),
    ...leavingStatus(world, result),
  };
}

type Leaving = Pick<LCMMachineStatus, 'prepareDeletionPhase' | 'kubernetesCordonDrain' | 'kubernetesCordonDrainError'>;

function leavingStatus(world: LcmMachineWorld, { done, failed, outcome }: PlanResult<LcmMachineStep>): Leaving {
  const { machine, node } = world;
  if (machine.spec.prepareDeletion !== true)
    return node?.metadata.annotations?.[leavingAnnotation] === undefined
      ? {}
      : { prepareDeletionPhase: 'aborting', kubernetesCordonDrain: 'uncordoning' };
  const isOver =
    machine.status?.prepareDeletionPhase === 'completed' ||
    isOut(world) ||
    done.some((step) => step.type === 'delete-node');
  if (isOver) return { prepareDeletionPhase: 'completed', kubernetesCordonDrain: 'cordondrained' };
  const error =
    failed?.failure.message ??
    (outcome.type === 'waiting' && outcome.reason !== 'Draining' ? outcome.message : undefined);
  return {
    prepareDeletionPhase: drainDeadline(world) !== undefined && isOverdue(world) ? 'failed' : 'started',
    kubernetesCordonDrain: 'cordondraining',
    ...(error === undefined ? {} : { kubernetesCordonDrainError: error }),
  };
}
