import type { Budgets, ScheduledMachine } from './machine.js';

/**
 * Room for the instances of machines that go: none is kept free beside it. Of a pool that is so full that its instances do not
 * fit without its largest machine, one may go all the same, or it could never be updated; whoever drains that machine says
 * what becomes of instances that find no room.
 */
export function roomBudgets(machines: readonly Pick<ScheduledMachine, 'instances'>[]): Pick<Budgets, 'reserves'> {
  const pools = new Map<string, { capacity: number; load: number; largest: number }>();
  for (const { instances } of machines) {
    if (instances === undefined) continue;
    const { capacity, load, largest } = pools.get(instances.pool) ?? { capacity: 0, load: 0, largest: 0 };
    pools.set(instances.pool, {
      capacity: capacity + instances.capacity,
      load: load + instances.load,
      largest: Math.max(largest, instances.capacity),
    });
  }
  const tight = [...pools].flatMap(([name, { capacity, load, largest }]) => {
    const left = capacity - largest - load;
    return left < 0 ? [[name, left] as const] : [];
  });
  return tight.length === 0 ? {} : { reserves: Object.fromEntries(tight) };
}
