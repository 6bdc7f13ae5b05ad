import { type Budgets, type ScheduledMachine, isDisturbed } from './machine.js';

/**
 * What of the budgets is exceeded as the machines stand, as sentences. Written apart from the scheduler and by counting
 * anew, so that it can judge it: tests, the simulation and the bench ask it after every event.
 */
export function breaches(machines: readonly ScheduledMachine[], budgets: Budgets): readonly string[] {
  const disturbed = machines.filter(isDisturbed);
  return [
    ...groupBreaches(machines, budgets),
    ...over('machines', disturbed.length, budgets.machinesAtOnce),
    ...over('gateways', disturbed.filter(({ isGateway }) => isGateway === true).length, budgets.gatewaysAtOnce ?? 1),
    ...over('zones', distinct(disturbed, 'zone'), budgets.zonesAtOnce),
    ...over('failure domains', distinct(disturbed, 'failureDomain'), budgets.failureDomainsAtOnce ?? 1),
    ...(budgets.quorums ?? []).flatMap(({ name, mayLack }) =>
      over(`members of ${name}`, disturbed.filter(({ quorums = [] }) => quorums.includes(name)).length, mayLack),
    ),
    ...roomBreaches(machines, budgets),
  ];
}

function groupBreaches(machines: readonly ScheduledMachine[], { groups }: Budgets): readonly string[] {
  return groups.flatMap((group) => {
    const own = machines.filter((machine) => machine.group === group.name);
    const busy = own.filter(({ state }) => state === 'running' || state === 'failed').length;
    const before = groups.filter(({ index }) => index < group.index).map(({ name }) => name);
    const early = own.some(({ state }) => state === 'running')
      ? machines.filter((machine) => before.includes(machine.group) && machine.state !== 'done')
      : [];
    return [
      ...over(`machines of group ${group.name}`, busy, group.concurrent),
      ...early.map(({ name }) => `group ${group.name} runs before ${name} of an earlier group is done`),
    ];
  });
}

function roomBreaches(machines: readonly ScheduledMachine[], { reserves = {} }: Budgets): readonly string[] {
  const pools = new Set(machines.flatMap(({ instances }) => (instances === undefined ? [] : [instances.pool])));
  return [...pools].flatMap((pool) => {
    const members = machines.filter(({ instances }) => instances?.pool === pool);
    if (!members.some(({ state }) => state === 'running')) return [];
    const load = members.reduce((sum, { instances }) => sum + (instances?.load ?? 0), reserves[pool] ?? 0);
    const room = members.reduce(
      (sum, machine) => sum + (isDisturbed(machine) ? 0 : (machine.instances?.capacity ?? 0)),
      0,
    );
    return load <= room ? [] : [`pool ${pool} needs ${load} and has ${room}`];
  });
}

function over(what: string, count: number, most = Infinity): readonly string[] {
  return count <= most ? [] : [`${count} ${what} at once, allowed are ${most}`];
}

function distinct(machines: readonly ScheduledMachine[], key: 'zone' | 'failureDomain'): number {
  return new Set(machines.flatMap((machine) => machine[key] ?? [])).size;
}
