import type { Budgets, ScheduledMachine } from './machine.js';
import { byKey, chainSeconds, queueSeconds } from './urgency.js';

/**
 * A time no schedule can beat under the same budgets: group after group by index, the longest of total work over width, the
 * longest machine, and the chain of the tightest budget. Seconds; `expectedSeconds` is taken as what each machine takes.
 */
export function lowerBoundSeconds(machines: readonly ScheduledMachine[], budgets: Budgets): number {
  const indices = [...new Set(budgets.groups.map(({ index }) => index))];
  return indices.reduce((sum, index) => sum + boundOfIndex(index, machines, budgets), 0);
}

function boundOfIndex(index: number, machines: readonly ScheduledMachine[], budgets: Budgets): number {
  const groups = budgets.groups.filter((group) => group.index === index);
  const names = new Set(groups.map(({ name }) => name));
  const own = machines.filter(({ group }) => names.has(group));
  const width = Math.min(
    budgets.machinesAtOnce ?? Infinity,
    groups.reduce((sum, { concurrent }) => sum + concurrent, 0),
  );
  return Math.max(
    queueSeconds(own, width),
    ...groups.map(({ name, concurrent }) =>
      queueSeconds(
        own.filter(({ group }) => group === name),
        concurrent,
      ),
    ),
    queueSeconds(
      own.filter(({ isGateway }) => isGateway === true),
      budgets.gatewaysAtOnce ?? 1,
    ),
    ...poolBounds(own, machines, budgets),
    chainSeconds(byKey(own, 'failureDomain'), budgets.failureDomainsAtOnce ?? 1, width),
    chainSeconds(byKey(own, 'zone'), budgets.zonesAtOnce ?? Infinity, width),
    ...(budgets.quorums ?? []).map(({ name, mayLack }) =>
      mayLack === 0
        ? 0
        : queueSeconds(
            own.filter(({ quorums = [] }) => quorums.includes(name)),
            mayLack,
          ),
    ),
  );
}

/** Room that machines take out of their pool, times how long, over the room that may be taken. */
function poolBounds(
  own: readonly ScheduledMachine[],
  all: readonly ScheduledMachine[],
  { reserves = {} }: Budgets,
): readonly number[] {
  const pools = new Set(own.flatMap(({ instances }) => (instances === undefined ? [] : [instances.pool])));
  return [...pools].map((pool) => {
    const members = all.filter(({ instances }) => instances?.pool === pool);
    const sum = (value: (machine: ScheduledMachine) => number): number =>
      members.reduce((total, machine) => total + value(machine), 0);
    const free = sum(({ instances }) => (instances?.capacity ?? 0) - (instances?.load ?? 0)) - (reserves[pool] ?? 0);
    const taken = own
      .filter(({ instances }) => instances?.pool === pool)
      .reduce((total, { instances, expectedSeconds }) => total + (instances?.capacity ?? 0) * expectedSeconds, 0);
    return free > 0 ? taken / free : 0;
  });
}
