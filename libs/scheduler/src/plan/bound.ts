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
