import type { Transition, UpdatedMachine } from '@keelson/contracts';
import { machineRows, stepRowName, stepRows } from '../past/past-steps.js';
import type { UpdateWorld } from './plan.observe.js';
import type { Standing } from './plan.standing.js';

/**
 * Rows for the history: steps that change their state now, and what machines of running steps have begun and ended. Each has
 * an id of its own that says which change it is, so that writing it again after a crash adds nothing.
 */
export function timelineRows(world: UpdateWorld, standing: readonly Standing[]): readonly Transition[] {
  return standing
    .flatMap((one) => [...stepRow(world, one), ...machineRowsOf(world, one)])
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

/** Only of steps that move: what was told of others before is there already. */
function machineRowsOf(world: UpdateWorld, { said, before, status }: Standing): readonly Transition[] {
  if (said?.answered !== true || before?.status === 'Completed' || status === 'NotStarted') return [];
  return (said.answer.machines ?? []).flatMap((machine) => rowsOfMachine(world, machine));
}

function rowsOfMachine({ plan }: UpdateWorld, machine: UpdatedMachine): readonly Transition[] {
  const { uid = '', namespace } = plan.metadata;
  const row = (from: string, to: string, at: string): Transition => ({
    id: `${uid}/${machine.name}/${to}/${at}`,
    kind: machineRows,
    ...(namespace === undefined ? {} : { namespace }),
    name: machine.name,
    uid,
    from,
    to,
    at,
    why: machine.message ?? '',
  });
  const { startedAt, finishedAt, state } = machine;
  return [
    ...(startedAt === undefined ? [] : [row('NotStarted', 'InProgress', startedAt)]),
    ...(finishedAt === undefined ? [] : [row('InProgress', state === 'failed' ? 'Failed' : 'Completed', finishedAt)]),
  ];
}
