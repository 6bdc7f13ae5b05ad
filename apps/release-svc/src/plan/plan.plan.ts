import type { UpdatePlanState } from '@keelson/api';
import type { Transition } from '@keelson/contracts';
import { type Outcome, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { groupOfStep } from '../names.js';
import { firing } from './plan.alerts.js';
import { holds, isFree, isGoing, isHeld, letsGo } from './plan.hold.js';
import type { UpdateWorld } from './plan.observe.js';
import { queryOf } from './plan.observe.js';
import { ownerOf } from './plan.owners.js';
import { timelineRows } from './plan.rows.js';
import { beginning, isWritten, obstacleOf, type Standing, standings, startOf, unfitness } from './plan.standing.js';
import type { UpdateStepToDo } from './plan.steps.js';

/** What an update needs next: the release written to the cluster, an order for the owner of the step whose turn it is. */
export function planUpdate(world: UpdateWorld): Plan<UpdateStepToDo> {
  const { plan, cluster } = world;
  if (isGoing(world)) return { steps: letsGo(world), outcome: settled };
  const standing = standings(world);
  const state = stateFrom(world, standing);
  const rows = timelineRows(world, standing);
  const record = recordSteps(world, rows);
  const why = { why: messageFrom(world, standing, state) };
  if (state === 'Completed') return { steps: [...record, ...letsGo(world)], outcome: settled, ...why };
  const hold = isFree(world) ? [] : holds(world);
  if (hold.length > 0)
    return { steps: [...record, ...hold], outcome: progressing('the plan is held until its update is over'), ...why };
  if (state === 'AutoPaused')
    return { steps: [...record, ...pauseSteps(world, standing)], outcome: pausedBy(world), ...why };
  if (isSetByHand(world))
    return { steps: [{ type: 'commence-all', plan }], outcome: progressing('all steps are commenced') };
  const begins = beginning(standing);
  const obstacle = begins === undefined ? undefined : obstacleOf(world);
  if (obstacle !== undefined) {
    // What has begun goes on beside it.
    const going = orders(
      world,
      standing.filter(({ before }) => before?.startedAt !== undefined),
    );
    const outcome = waitingOn(obstacle.on, obstacle.reason, obstacle.message, 30);
    return { steps: [...record, ...going], outcome, ...why };
  }
  const unfit = begins === undefined ? unfitness(world) : undefined;
  if (unfit !== undefined) return { steps: record, outcome: waitingOn(unfit.on, unfit.reason, unfit.message), ...why };
  if (begins !== undefined && cluster !== undefined && !isWritten(world))
    return plan.status?.startedAt === undefined || !isHeld(world)
      ? { steps: [...record, ...holds(world)], outcome: progressing('the update begins'), ...why }
      : {
          steps: [...record, { type: 'set-release', cluster, target: plan.spec.target }],
          outcome: progressing('the release is written to the cluster'),
        };
  return { steps: [...record, ...orders(world, standing)], outcome: outcomeFrom(world, standing), ...why };
}

/** Rows first: the trace is told from them. */
function recordSteps(world: UpdateWorld, rows: readonly Transition[]): readonly UpdateStepToDo[] {
  const { plan, machines, now, traced } = world;
  const isTold = traced === 'again' || (traced === 'changes' && rows.length > 0);
  return [
    ...(rows.length === 0 ? [] : [{ type: 'record', plan, rows } as const]),
    ...(isTold ? [{ type: 'trace', plan, machines, now } as const] : []),
  ];
}

/** The state of the whole. */
export function stateFrom(world: UpdateWorld, standing: readonly Standing[]): UpdatePlanState {
  if (standing.length > 0 && standing.every(({ status }) => status === 'Completed')) return 'Completed';
  const open = standing.filter(({ status }) => status !== 'Completed');
  const isCommenced = open.some(({ step }) => step.commence);
  const hasBegun = startOf(world, standing) !== undefined;
  const wasPaused = world.plan.status?.status === 'AutoPaused';
  if ((firing(world).length > 0 && (hasBegun || isCommenced)) || (wasPaused && !isCommenced)) return 'AutoPaused';
  if (open.some(({ status }) => status === 'Failed')) return 'Failed';
  return hasBegun ? 'InProgress' : 'NotStarted';
}

/** One sentence on how the update stands. */
export function messageFrom(world: UpdateWorld, standing: readonly Standing[], state: UpdatePlanState): string {
  if (state === 'Completed') return `${world.plan.spec.cluster} runs ${world.plan.spec.target}`;
  if (state === 'AutoPaused')
    return firing(world).length > 0
      ? `paused: the alerts ${firing(world).join(', ')} fire`
      : 'paused: the alerts are gone; set commence: true on the next step to go on';
  const unfit = state === 'NotStarted' && beginning(standing) === undefined ? unfitness(world) : undefined;
  if (unfit !== undefined) return unfit.message;
  const open = standing.filter(({ status }) => status !== 'Completed');
  const told =
    open.find(({ status }) => status === 'Failed') ?? open.find(({ status }) => status === 'InProgress') ?? open[0];
  return told === undefined ? 'has no steps' : `${told.step.id}: ${told.message}`;
}

/** The older way: the release was written to the Cluster by hand, which commences everything. */
function isSetByHand(world: UpdateWorld): boolean {
  const { plan, cluster } = world;
  const current = cluster?.status?.providerStatus?.releaseRefs?.current?.name;
  return (
    plan.status?.startedAt === undefined &&
    current === plan.spec.source &&
    isWritten(world) &&
    !plan.spec.steps.some(({ commence }) => commence)
  );
}

/** First the status says AutoPaused, then commence is taken off: the rule of the kind allows it in this order only. */
function pauseSteps(world: UpdateWorld, standing: readonly Standing[]): readonly UpdateStepToDo[] {
  if (firing(world).length === 0 || world.plan.status?.status !== 'AutoPaused') return [];
  const stopped = standing
    .filter(
      ({ step, status }) =>
        step.commence &&
        (status === 'NotStarted' ||
          status === 'Scheduled' ||
          (status !== 'Completed' && groupOfStep(step.id) !== undefined)),
    )
    .map(({ step }) => step.id);
  const holds = standing.filter(
    ({ step, status, said }) =>
      groupOfStep(step.id) !== undefined &&
      status !== 'Completed' &&
      said?.answered === true &&
      said.answer.status === 'InProgress' &&
      said.answer.hold === undefined,
  );
  return [
    ...holds.map(({ step }): UpdateStepToDo => ({
      type: 'order',
      plan: world.plan,
      order: { ...queryOf(world.plan, step.id), hold: `the alerts ${firing(world).join(', ')} fire` },
    })),
    ...(stopped.length === 0 ? [] : [{ type: 'stop' as const, plan: world.plan, ids: stopped }]),
  ];
}

/** Orders for steps whose turn it is and that nobody works on, or that are still held though they may go on. */
function orders({ plan }: UpdateWorld, standing: readonly Standing[]): readonly UpdateStepToDo[] {
  return standing.flatMap(({ step, isTurn, said }): UpdateStepToDo[] => {
    if (!isTurn || !step.commence || said?.answered !== true) return [];
    const { status, hold } = said.answer;
    return status === 'NotAsked' || (status === 'InProgress' && hold !== undefined)
      ? [{ type: 'order', plan, order: queryOf(plan, step.id) }]
      : [];
  });
}

function outcomeFrom(world: UpdateWorld, standing: readonly Standing[]): Outcome {
  const { namespace, name } = world.plan.metadata;
  const self = { kind: 'ClusterUpdatePlan', ...(namespace === undefined ? {} : { namespace }), name };
  const open = standing.filter(({ status, isTurn }) => status !== 'Completed' && isTurn);
  const absent = open.find(({ said }) => said?.answered === false);
  if (absent?.said?.answered === false)
    return waitingOn(
      { kind: 'Service', name: absent.said.service },
      'OwnerAbsent',
      `${absent.step.id}: ${absent.message}`,
      30,
    );
  const moving = open.find(({ status }) => status === 'Failed') ?? open.find(({ step }) => step.commence);
  if (moving === undefined)
    return stateFrom(world, standing) === 'NotStarted' && !standing.some(({ step }) => step.commence)
      ? settled
      : waitingOn(self, 'NotCommenced', `the next step, ${open[0]?.step.id ?? 'none'}, waits for commence: true`);
  const answer = moving.said?.answered === true ? moving.said.answer : undefined;
  const on = answer?.waitingOn ?? {
    kind: 'Cluster',
    ...(namespace === undefined ? {} : { namespace }),
    name: world.plan.spec.cluster,
  };
  return waitingOn(
    on,
    moving.status === 'Failed' ? 'StepFailed' : 'StepInProgress',
    `${moving.step.id}: ${moving.message}`,
    Math.min(...open.map(({ step }) => ownerOf(step.id).recheckSeconds)),
  );
}

function pausedBy(world: UpdateWorld): Outcome {
  const { namespace, name } = world.plan.metadata;
  // The status must say AutoPaused before commence may be taken off: look again once it does.
  if (world.plan.status?.status !== 'AutoPaused') return progressing('alerts pause the update');
  const alerts = firing(world);
  const of = namespace === undefined ? {} : { namespace };
  return alerts.length > 0
    ? waitingOn(
        { kind: 'UpdateAutoPause', ...of, name: world.plan.spec.cluster },
        'AutoPaused',
        `the alerts ${alerts.join(', ')} fire`,
        30,
      )
    : waitingOn(
        { kind: 'ClusterUpdatePlan', ...of, name },
        'AutoPaused',
        'the alerts are gone; set commence: true to go on',
        30,
      );
}
