import type { ClusterUpdatePlanStatus, UpdateStepStatus } from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import { durationText, secondsBetween } from '../duration.js';
import { alertsLack } from './plan.alerts.js';
import { isGoing } from './plan.hold.js';
import type { UpdateWorld } from './plan.observe.js';
import { messageFrom, stateFrom } from './plan.plan.js';
import { type Standing, standings, startOf } from './plan.standing.js';
import type { UpdateStepToDo } from './plan.steps.js';

/** The whole status of an update. What could not be recorded is not told either: the next pass tells and records it. */
export function updateStatus(
  world: UpdateWorld,
  { failed }: PlanResult<UpdateStepToDo>,
): ClusterUpdatePlanStatus | undefined {
  if (isGoing(world) || failed?.step.type === 'record') return undefined;
  const standing = standings(world);
  const state = stateFrom(world, standing);
  const at = new Date(world.now).toISOString();
  const steps = standing.map((one) => stepStatus(world, one, at));
  const isLeaving = world.plan.metadata.deletionTimestamp !== undefined;
  const startedAt = startOf(world, standing);
  const { whole } = world.finishes;
  const isToGoOn = state !== 'Completed' && world.plan.spec.steps.some(({ commence }) => commence);
  const lack = isToGoOn ? alertsLack(world) : undefined;
  const message = [
    messageFrom(world, standing, state),
    ...(lack === undefined ? [] : [lack]),
    ...(isLeaving ? ['the plan is deleted once the update is over'] : []),
  ].join('; ');
  return {
    status: state,
    message,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(state === 'InProgress' && whole !== undefined ? { estimatedFinish: whole } : {}),
    ...(state === 'Completed' ? { finishedAt: world.plan.status?.finishedAt ?? later(at, startedAt) } : {}),
    steps,
  };
}

function stepStatus(
  world: UpdateWorld,
  { step, before, status, message, said }: Standing,
  now: string,
): UpdateStepStatus {
  const hasBegun = status === 'InProgress' || status === 'Completed' || status === 'Failed';
  const startedAt = before?.startedAt ?? (hasBegun ? now : undefined);
  const finishedAt = status === 'Completed' ? (before?.finishedAt ?? later(now, startedAt)) : undefined;
  const machines = machinesOf(said) ?? before?.machines;
  const percent = said?.answered === true ? said.answer.percent : before?.percent;
  const estimate = status === 'InProgress' ? world.finishes.steps.get(step.id) : undefined;
  return {
    id: step.id,
    status,
    message,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    // Only of what is over: a figure that grows would be a write at every look.
    ...(startedAt === undefined || finishedAt === undefined
      ? {}
      : { duration: durationText(secondsBetween(startedAt, finishedAt)) }),
    ...(machines === undefined ? {} : { machines }),
    ...(percent === undefined || status === 'Completed' ? {} : { percent }),
    ...(estimate === undefined ? {} : { estimatedFinish: estimate }),
  };
}

/** Nothing ends before it began, also where the clock was put back meanwhile. */
function later(now: string, startedAt: string | undefined): string {
  return startedAt !== undefined && Date.parse(startedAt) > Date.parse(now) ? startedAt : now;
}

function machinesOf(said: Standing['said']): UpdateStepStatus['machines'] | undefined {
  const machines = said?.answered === true ? said.answer.machines : undefined;
  if (machines === undefined) return undefined;
  const named = (state: string): string[] =>
    machines.filter((machine) => machine.state === state).map(({ name }) => name);
  const [updating, failed] = [named('running'), named('failed')];
  return {
    total: machines.length,
    updated: named('done').length,
    ...(updating.length === 0 ? {} : { updating }),
    ...(failed.length === 0 ? {} : { failed }),
  };
}
