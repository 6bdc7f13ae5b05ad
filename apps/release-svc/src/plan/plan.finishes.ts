import type { ClusterUpdatePlan, EstimatedFinish, Machine, UpdateGroup, UpdateStepStatus } from '@keelson/api';
import type { UpdateAnswer } from '@keelson/contracts';
import type { PastSteps } from '../past/past-steps.js';
import { type Finishes, finishesOf, traitsOf } from './plan.forecast.js';
import type { Said } from './plan.owners.js';

export interface FinishesInput {
  readonly now: number;
  readonly plan: ClusterUpdatePlan;
  readonly machines: readonly Machine[];
  readonly groups: readonly UpdateGroup[];
  readonly said: ReadonlyMap<string, Said>;
  readonly past: PastSteps;
}

/**
 * When running steps and the whole update will be over. What is told stays while nothing has got further and nothing takes
 * longer than was foretold: a status is no clock.
 */
export async function observeFinishes(input: FinishesInput): Promise<Finishes> {
  const { now, plan, machines, groups, said, past } = input;
  if (!isGoing(input)) return { steps: new Map(), whole: undefined };
  if (plan.status?.status === 'Failed' || !isToldAnew(input)) return toldFinishes(plan);
  const { namespace } = plan.metadata;
  const answers = new Map(
    [...said].flatMap(([id, one]): (readonly [string, UpdateAnswer])[] => (one.answered ? [[id, one.answer]] : [])),
  );
  const names = groups.map(({ metadata }) => metadata.name);
  const pastSteps = await past.ofCluster({ namespace, name: plan.spec.cluster }, names);
  const paces = await past.pacesOf({ namespace, name: plan.spec.cluster }, plan.metadata.uid ?? '');
  const records = await past.ofMachines(namespace, machines.map(traitsOf));
  return finishesOf({ now, plan, machines, groups, answers, pastSteps, paces, records });
}

/** Something is under way, and nobody has to say first that it may go on: when that will be nobody foretells. */
function isGoing({ plan, said }: FinishesInput): boolean {
  const isOver = ({ id }: { readonly id: string }): boolean => {
    const one = said.get(id);
    return toldOf(plan, id)?.status === 'Completed' || (one?.answered === true && one.answer.status === 'Completed');
  };
  const next = plan.spec.steps.find((step) => !isOver(step));
  return said.size > 0 && next?.commence === true && plan.status?.status !== 'AutoPaused';
}

function isToldAnew({ now, plan, said }: FinishesInput): boolean {
  // Of a step whose owner is silent nothing new is known.
  if ([...said.values()].some(({ answered }) => !answered)) return false;
  const whole = plan.status?.estimatedFinish;
  return (
    isPast(whole, now) || [...said].some(([id, one]) => one.answered && hasMoved(toldOf(plan, id), one.answer, now))
  );
}

/** It says something else than its status shows, or takes longer than nineteen courses of twenty. */
function hasMoved(told: UpdateStepStatus | undefined, answer: UpdateAnswer, now: number): boolean {
  const { status, hold, machines, percent } = answer;
  if (status === 'Completed') return told?.status !== 'Completed';
  if (status !== 'InProgress' || hold !== undefined) return false;
  const count = (state: string): number => (machines ?? []).filter((machine) => machine.state === state).length;
  return (
    told?.status !== 'InProgress' ||
    isPast(told.estimatedFinish, now) ||
    percent !== told.percent ||
    count('done') !== (told.machines?.updated ?? 0) ||
    count('failed') !== (told.machines?.failed?.length ?? 0)
  );
}

const isPast = (told: EstimatedFinish | undefined, now: number): boolean =>
  told === undefined || Date.parse(told.latest) <= now;

function toldFinishes({ status }: ClusterUpdatePlan): Finishes {
  const steps = (status?.steps ?? []).flatMap(({ id, estimatedFinish }) =>
    estimatedFinish === undefined ? [] : ([[id, estimatedFinish]] as const),
  );
  return { steps: new Map(steps), whole: status?.estimatedFinish };
}

const toldOf = ({ status }: ClusterUpdatePlan, step: string): UpdateStepStatus | undefined =>
  status?.steps?.find(({ id }) => id === step);
