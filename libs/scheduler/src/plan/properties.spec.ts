import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@keelson/std';
import fc from 'fast-check';
import { play } from '../scheduler.fixtures.js';
import { decide } from './decide.js';
import { breaches } from './breaches.js';
import { lowerBoundSeconds } from './bound.js';
import { roomBudgets } from './instance-room.js';
import type { Budgets, ScheduledMachine } from './machine.js';

const groupNames = ['g1', 'g2', 'g3'] as const;
const maybe = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });

const machineOf = (states: readonly ScheduledMachine['state'][]) =>
  fc.record({
    group: fc.constantFrom(...groupNames),
    state: fc.constantFrom(...states),
    expectedSeconds: fc.integer({ min: 1, max: 10_000 }),
    order: maybe([1, 2, 3]),
    zone: maybe(['z1', 'z2', 'z3']),
    failureDomain: maybe(['r1', 'r2', 'r3']),
    isGateway: fc.boolean(),
    quorums: fc.subarray(['etcd', 'mariadb']),
    instances: fc.option(
      fc.record({
        pool: fc.constantFrom('p1', 'p2'),
        capacity: fc.integer({ min: 1, max: 20 }),
        load: fc.integer({ min: 0, max: 12 }),
      }),
      { nil: undefined },
    ),
    heldBy: fc.option(fc.constant({ lock: 'operator', message: 'held' }), { nil: undefined, freq: 20 }),
  });

type Drawn = Omit<ScheduledMachine, 'name'> & Record<string, unknown>;

/** Members that are undefined are left out, as the type wants. */
function named(drawn: readonly Record<string, unknown>[]): readonly ScheduledMachine[] {
  return drawn.map((given, i) => {
    const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return { ...(present as Drawn), name: `m${i}` };
  });
}

const fleet = (states: readonly ScheduledMachine['state'][]) =>
  fc.array(machineOf(states), { maxLength: 40 }).map(named);

const limits = fc.record({
  groups: fc.tuple(
    ...groupNames.map((name) =>
      fc.record({
        name: fc.constant(name),
        index: fc.integer({ min: 0, max: 2 }),
        concurrent: fc.integer({ min: 1, max: 5 }),
        failuresTolerated: fc.integer({ min: 0, max: 2 }),
      }),
    ),
  ),
  machinesAtOnce: fc.integer({ min: 1, max: 12 }),
  zonesAtOnce: fc.integer({ min: 1, max: 3 }),
  failureDomainsAtOnce: fc.integer({ min: 1, max: 3 }),
  gatewaysAtOnce: fc.integer({ min: 1, max: 2 }),
  quorums: fc.constant([
    { name: 'etcd', mayLack: 1 },
    { name: 'mariadb', mayLack: 2 },
  ]),
}) satisfies fc.Arbitrary<Budgets>;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const every = { numRuns: 300, seed: 7 };

describe('the scheduler, over random fleets and budgets', () => {
  it('never starts what breaks a budget that was kept, however the world stands', () => {
    fc.assert(
      fc.property(fleet(['waiting', 'waiting', 'running', 'done', 'failed', 'down']), limits, (machines, budgets) => {
        const before = breaches(machines, budgets);
        const start = new Set(decide(machines, budgets).start);
        const after = breaches(
          machines.map((machine) => (start.has(machine.name) ? { ...machine, state: 'running' as const } : machine)),
          budgets,
        );
        fc.pre(before.length === 0);
        expect(after).toEqual([]);
      }),
      every,
    );
  });

  it('starts or explains every machine that waits, and nobody who could go is left waiting', () => {
    fc.assert(
      fc.property(fleet(['waiting', 'running', 'done', 'failed']), limits, (machines, budgets) => {
        const { start, waits } = decide(machines, budgets);
        const told = [...start, ...waits.map(({ machine }) => machine)].sort();
        expect(told).toEqual(
          machines
            .filter(({ state }) => state === 'waiting')
            .map(({ name }) => name)
            .sort(),
        );
        expect(waits.every(({ blocker }) => blocker.by.length > 0 && blocker.message.length > 0)).toBe(true);
        const then = machines.map((machine) =>
          start.includes(machine.name) ? { ...machine, state: 'running' as const } : machine,
        );
        expect(decide(then, budgets).start).toEqual([]);
      }),
      every,
    );
  });

  it('played to the end keeps every budget at every moment and starves nobody who is not held for good', () => {
    fc.assert(
      fc.property(fleet(['waiting']), limits, fc.integer(), (machines, budgets, seed) => {
        const free = machines.map(({ heldBy: _held, instances: _room, ...machine }) => machine);
        const run = play(free, budgets, seededRandom(seed));
        expect(run).toMatchObject({ breaches: [], unfinished: [] });
      }),
      every,
    );
  });

  it('with room for instances as a budget of what there is: every one is updated, and the instances of a pool fit or one machine of it is away', () => {
    fc.assert(
      fc.property(fleet(['waiting']), limits, fc.integer(), (drawn, limited, seed) => {
        const machines = drawn.map(({ heldBy: _held, ...machine }) => machine);
        const budgets = { ...limited, ...roomBudgets(machines) };
        expect(play(machines, budgets, seededRandom(seed))).toMatchObject({ breaches: [], unfinished: [] });
        for (const [pool, reserve] of Object.entries(budgets.reserves ?? {})) {
          const own = machines.flatMap(({ instances }) => (instances?.pool === pool ? [instances] : []));
          const [load, room] = [sum(own.map((one) => one.load)), sum(own.map((one) => one.capacity))];
          expect(load + reserve).toBe(room - Math.max(...own.map((one) => one.capacity)));
        }
      }),
      every,
    );
  });

  it('with holds and too little room too: whoever is left has a blocker that no other machine can lift', () => {
    fc.assert(
      fc.property(fleet(['waiting']), limits, fc.integer(), (machines, budgets, seed) => {
        const run = play(machines, budgets, seededRandom(seed));
        expect(run.breaches).toEqual([]);
        const left = new Set(run.unfinished);
        const end = machines.map((machine) => ({
          ...machine,
          state: left.has(machine.name) ? ('waiting' as const) : ('done' as const),
        }));
        const reasons = decide(end, budgets).waits.map(({ blocker }) => blocker.reason);
        expect(
          reasons.filter((reason) => !['HeldByLock', 'InstanceRoom', 'PredecessorGroup'].includes(reason)),
        ).toEqual([]);
      }),
      every,
    );
  });

  it('starts no machine before every machine of an earlier index is done', () => {
    fc.assert(
      fc.property(fleet(['waiting']), limits, fc.integer(), (machines, budgets, seed) => {
        const index = new Map<string, number>(budgets.groups.map((group) => [group.name, group.index]));
        const { doneBefore } = play(machines, budgets, seededRandom(seed));
        for (const machine of machines.filter(({ name }) => doneBefore.has(name))) {
          const before = machines.filter(({ group }) => (index.get(group) ?? 0) < (index.get(machine.group) ?? 0));
          expect(before.filter(({ name }) => doneBefore.get(machine.name)?.has(name) !== true)).toEqual([]);
        }
      }),
      every,
    );
  });

  it('has a bound that no machine and no group can undercut', () => {
    fc.assert(
      fc.property(fleet(['waiting']), limits, (drawn, budgets) => {
        const machines = drawn.map(({ instances: _room, ...machine }) => machine);
        const bound = lowerBoundSeconds(machines, budgets);
        expect(machines.every(({ expectedSeconds }) => bound >= expectedSeconds)).toBe(true);
        expect(bound).toBeLessThanOrEqual(
          machines.reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0) + 1e-6,
        );
      }),
      every,
    );
  });
});
