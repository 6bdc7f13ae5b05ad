import type { Budgets, ScheduledMachine } from './machine.js';

/**
 * How long the update must still last because of a machine, at the least: its own time, or that of the queue it stands in
 * where a budget lets few go at once. Whoever has most of it goes first, so that a short machine of a narrow budget does not
 * wait for the long ones of a wide one and then holds up the end.
 */
export function urgencies(machines: readonly ScheduledMachine[], budgets: Budgets): ReadonlyMap<string, number> {
  const waiting = machines.filter(({ state }) => state === 'waiting');
  const gateways = queueSeconds(
    waiting.filter(({ isGateway }) => isGateway === true),
    budgets.gatewaysAtOnce ?? 1,
  );
  const width = widthOf(budgets);
  const quorums = new Map(
    (budgets.quorums ?? []).map(({ name, mayLack }) => [
      name,
      queueSeconds(
        waiting.filter((machine) => machine.quorums?.includes(name) === true),
        Math.max(1, mayLack),
      ),
    ]),
  );
  const domains = chainSeconds(byKey(waiting, 'failureDomain'), budgets.failureDomainsAtOnce ?? 1, width);
  const zones = chainSeconds(byKey(waiting, 'zone'), budgets.zonesAtOnce ?? Infinity, width);
  return new Map(
    waiting.map((machine) => [
      machine.name,
      Math.max(
        machine.expectedSeconds,
        machine.isGateway === true ? gateways : 0,
        machine.failureDomain === undefined ? 0 : domains,
        machine.zone === undefined ? 0 : zones,
        ...(machine.quorums ?? []).map((name) => quorums.get(name) ?? 0),
      ),
    ]),
  );
}

/** Machines that may go at once at the very most. */
export function widthOf({ groups, machinesAtOnce = Infinity }: Budgets): number {
  const byIndex = new Map<number, number>();
  for (const { index, concurrent } of groups) byIndex.set(index, (byIndex.get(index) ?? 0) + concurrent);
  return Math.max(1, Math.min(machinesAtOnce, ...[...byIndex.values()].sort((a, b) => b - a).slice(0, 1)));
}

/** Shortest time for machines of which `width` go at once. */
export function queueSeconds(machines: readonly Pick<ScheduledMachine, 'expectedSeconds'>[], width: number): number {
  let total = 0;
  let longest = 0;
  for (const { expectedSeconds } of machines) {
    total += expectedSeconds;
    longest = Math.max(longest, expectedSeconds);
  }
  return Math.max(total / width, longest);
}

/** Shortest time for domains of which `atOnce` may be open together. */
export function chainSeconds(
  domains: readonly (readonly Pick<ScheduledMachine, 'expectedSeconds'>[])[],
  atOnce: number,
  width: number,
): number {
  if (atOnce >= domains.length) return 0;
  const each = domains.map((machines) => queueSeconds(machines, width));
  return Math.max(each.reduce((sum, seconds) => sum + seconds, 0) / atOnce, 0, ...each);
}

export function byKey<K extends 'zone' | 'failureDomain'>(
  machines: readonly ScheduledMachine[],
  key: K,
): readonly (readonly ScheduledMachine[])[] {
  const domains = new Map<string, ScheduledMachine[]>();
  for (const machine of machines) {
    const name = machine[key];
    if (name !== undefined) domains.set(name, [...(domains.get(name) ?? []), machine]);
  }
  return [...domains.values()];
}
