import type { Transition, UpdatePhase, UpdatedMachine } from '@keelson/contracts';
import { machineRows, paceRows, phaseRows, stepRowName, stepRows } from '../past/past-steps.js';
import type { UpdateWorld } from './plan.observe.js';
import type { Standing } from './plan.standing.js';

/**
 * Rows for the history: steps that change their state now, and what machines of running steps have begun and ended. Each has
 * an id of its own that says which change it is, so that writing it again after a crash adds nothing.
 */
export function timelineRows(world: UpdateWorld, standing: readonly Standing[]): readonly Transition[] {
  return standing
    .flatMap((one) => [...stepRow(world, one), ...paceRow(world, one), ...machineRowsOf(world, one)])
    .filter(({ id }) => !world.recorded.has(id));
}

function stepRow({ plan, now }: UpdateWorld, { step, before, status, message }: Standing): readonly Transition[] {
  const from = before?.status ?? 'NotStarted';
  if (from === status) return [];
  const { uid = '', namespace } = plan.metadata;
  return [
    {
      id: `${uid}/${step.id}/${from}/${status}/${before?.startedAt ?? ''}`,
      kind: stepRows,
      ...(namespace === undefined ? {} : { namespace }),
      name: stepRowName(plan.spec.cluster, step.id),
      uid,
      from,
      to: status,
      at: new Date(now).toISOString(),
      why: message,
    },
  ];
}

/** When so much of a step was done for the first time. */
function paceRow({ plan, now }: UpdateWorld, { step, before, said, status }: Standing): readonly Transition[] {
  const percent = said?.answered === true ? said.answer.percent : undefined;
  if (percent === undefined || percent === before?.percent || status !== 'InProgress') return [];
  const { uid = '', namespace } = plan.metadata;
  return [
    {
      id: `${uid}/${step.id}/${percent}%`,
      kind: paceRows,
      ...(namespace === undefined ? {} : { namespace }),
      name: stepRowName(plan.spec.cluster, step.id),
      uid,
      from: before?.percent === undefined ? '' : String(before.percent),
      to: String(percent),
      at: new Date(now).toISOString(),
      why: `${percent} % of the step is done`,
    },
  ];
}

/** Only of steps that move: what was told of others before is there already. */
function machineRowsOf(world: UpdateWorld, { said, before, status }: Standing): readonly Transition[] {
  const since = before?.startedAt ?? new Date(world.now).toISOString();
  if (said?.answered !== true || before?.status === 'Completed' || status === 'NotStarted') return [];
  return (said.answer.machines ?? []).flatMap((machine) => [
    ...rowsOfMachine(world, machine),
    // Phases of an update before this one are of no concern here.
    ...(machine.phases ?? [])
      .filter(({ startedAt }) => Date.parse(startedAt) >= Date.parse(since))
      .flatMap((phase) => rowsOfPhase(world, machine.name, phase)),
  ]);
}

/** Where the owner tells no times, that of the look at which the change was first seen. */
function rowsOfMachine({ plan, now, failing }: UpdateWorld, machine: UpdatedMachine): readonly Transition[] {
  const { uid = '', namespace } = plan.metadata;
  const { state, name, message = '' } = machine;
  const row = (from: string, to: string, at: string): Transition => ({
    id: `${uid}/${name}/${to}/${at}`,
    kind: machineRows,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    from,
    to,
    at,
    why: message,
  });
  const seen = new Date(now).toISOString();
  const hasFailed = failing.has(name);
  const startedAt = machine.startedAt ?? (state === 'running' || state === 'failed' ? seen : undefined);
  if (startedAt === undefined) return [];
  const finishedAt = machine.finishedAt ?? (state === 'done' ? seen : undefined);
  return [
    row('NotStarted', 'InProgress', startedAt),
    ...(state === 'failed' && !hasFailed ? [row('InProgress', 'Failed', seen)] : []),
    // What is tried again and gets on is another attempt.
    ...(hasFailed && (state === 'running' || state === 'done') ? [row('Failed', 'InProgress', seen)] : []),
    ...(finishedAt === undefined ? [] : [row('InProgress', 'Completed', finishedAt)]),
  ];
}

function rowsOfPhase({ plan }: UpdateWorld, machine: string, phase: UpdatePhase): readonly Transition[] {
  const { uid = '', namespace } = plan.metadata;
  const row = (from: string, to: string, at: string): Transition => ({
    id: `${uid}/${machine}/${from}/${to}/${at}`,
    kind: phaseRows,
    ...(namespace === undefined ? {} : { namespace }),
    name: machine,
    uid,
    from,
    to,
    at,
    why: to === '' ? `${from} is over` : `${to} begins`,
  });
  const { name, startedAt, finishedAt } = phase;
  return [row('', name, startedAt), ...(finishedAt === undefined ? [] : [row(name, '', finishedAt)])];
}
