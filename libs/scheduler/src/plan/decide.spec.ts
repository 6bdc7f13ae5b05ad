import { describe, expect, it } from '@jest/globals';
import { aMachine, budgetsOf } from '../scheduler.fixtures.js';
import { decide } from './decide.js';

const six = Array.from({ length: 6 }, (_, i) => aMachine(`w${i + 1}`, { expectedSeconds: 60 + i }));
const reasons = (decision: ReturnType<typeof decide>): Record<string, string> =>
  Object.fromEntries(decision.waits.map(({ machine, blocker }) => [machine, blocker.reason]));

describe('decide', () => {
  it('starts the longest first, as many as the group takes, and names who holds the others', () => {
    expect(decide(six, budgetsOf())).toEqual({
      start: ['w6', 'w5', 'w4'],
      waits: ['w3', 'w2', 'w1'].map((machine) => ({
        machine,
        blocker: {
          reason: 'GroupConcurrency',
          by: ['w6', 'w5', 'w4'],
          message: 'group workers takes 3 at once; now: w6, w5, w4',
        },
      })),
    });
  });

  it('fills a slot as soon as it is free: what still runs is no barrier', () => {
    const machines = six.map((machine) =>
      machine.name === 'w6'
        ? { ...machine, state: 'done' as const }
        : machine.name > 'w3'
          ? { ...machine, state: 'running' as const }
          : machine,
    );
    expect(decide(machines, budgetsOf()).start).toEqual(['w3']);
  });

  it('keeps the order an operator gave, before those that have none', () => {
    const machines = [
      aMachine('a', { expectedSeconds: 900 }),
      aMachine('b', { order: 2 }),
      aMachine('c', { order: 1 }),
    ];
    expect(decide(machines, budgetsOf()).start).toEqual(['c', 'b', 'a']);
  });

  it('lets a later group wait until the one before it is done', () => {
    const budgets = budgetsOf({
      groups: [
        { name: 'first', index: 1, concurrent: 1 },
        { name: 'workers', index: 2, concurrent: 3 },
      ],
    });
    const decision = decide([aMachine('f', { group: 'first', state: 'running' }), ...six], budgets);
    expect(decision.start).toEqual([]);
    expect(decision.waits[0]?.blocker).toEqual({
      reason: 'PredecessorGroup',
      by: ['first'],
      message: 'group workers (index 2) comes after first (index 1)',
    });
  });

  it('takes a machine whose lock an operator holds aside, and goes on with the others', () => {
    const heldBy = { lock: 'night-shift', message: 'w6 is held by lock night-shift of ops' };
    const machines = six.map((machine) => (machine.name === 'w6' ? { ...machine, heldBy } : machine));
    const decision = decide(machines, budgetsOf());
    expect(decision.start).toEqual(['w5', 'w4', 'w3']);
    expect(decision.waits.find(({ machine }) => machine === 'w6')?.blocker).toMatchObject({
      reason: 'HeldByLock',
      by: ['night-shift'],
      message: 'w6 is held by lock night-shift of ops',
    });
  });

  it('stops a group at a failure, unless so many are tolerated', () => {
    const machines = six.map((machine) => (machine.name === 'w6' ? { ...machine, state: 'failed' as const } : machine));
    const stopped = decide(machines, budgetsOf());
    expect(stopped.start).toEqual([]);
    expect(stopped.waits[0]?.blocker).toMatchObject({ reason: 'GroupFailed', by: ['w6'] });
    const tolerant = budgetsOf({ groups: [{ name: 'workers', index: 1, concurrent: 3, failuresTolerated: 1 }] });
    expect(decide(machines, tolerant).start).toEqual(['w5', 'w4']);
  });

  it('opens one failure domain at a time, counts one that is down by itself, and gives its slots to machines without storage', () => {
    const storage = ['a', 'b'].flatMap((domain) =>
      [1, 2].map((n) =>
        aMachine(`${domain}${n}`, { failureDomain: domain, expectedSeconds: domain === 'a' ? 50 : 90 }),
      ),
    );
    expect(decide([...storage, aMachine('w')], budgetsOf()).start).toEqual(['b1', 'b2', 'w']);
    const down = aMachine('a9', { failureDomain: 'a', state: 'down', group: 'elsewhere' });
    expect(decide([...storage, down], budgetsOf()).start).toEqual(['a1', 'a2']);
  });

  it('takes one gateway at a time, and the narrow queue first', () => {
    const machines = [...six, ...[1, 2].map((n) => aMachine(`g${n}`, { isGateway: true, expectedSeconds: 50 }))];
    const decision = decide(machines, budgetsOf());
    expect(decision.start).toEqual(['g1', 'w6', 'w5']);
    expect(reasons(decision)['g2']).toBe('GroupConcurrency');
  });

  it('leaves a quorum its majority and instances their room', () => {
    const members = [1, 2, 3].map((n) => aMachine(`m${n}`, { quorums: ['mariadb'] }));
    const quorum = decide(members, budgetsOf({ quorums: [{ name: 'mariadb', mayLack: 1 }] }));
    expect(quorum.start).toEqual(['m1']);
    expect(reasons(quorum)).toEqual({ m2: 'Quorum', m3: 'Quorum' });
    const hosts = [1, 2, 3].map((n) => aMachine(`h${n}`, { instances: { pool: 'az1', capacity: 10, load: 6 } }));
    const room = decide(hosts, budgetsOf());
    expect(room.start).toEqual(['h1']);
    expect(room.waits[0]?.blocker).toEqual({
      reason: 'InstanceRoom',
      by: ['h1'],
      message: 'the instances of pool az1 take 18 and without h2 there is room for 10; now: h1',
    });
  });

  it('says that a group is held before anything else', () => {
    const budgets = budgetsOf({
      groups: [{ name: 'workers', index: 1, concurrent: 3, held: 'the step is not commenced' }],
    });
    expect(decide(six, budgets).waits[0]?.blocker.message).toBe('update group workers: the step is not commenced');
  });
});
