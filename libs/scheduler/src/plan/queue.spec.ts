import { describe, expect, it } from '@jest/globals';
import { playOut } from '../forecast/play-out.js';
import { aMachine, budgetsOf } from '../scheduler.fixtures.js';
import { Lineup, Queue } from './queue.js';

const one = budgetsOf({ groups: [{ name: 'workers', index: 1, concurrent: 1 }] });
const named = (queue: Queue): string | undefined => queue.next()?.name;

describe('Queue', () => {
  it('tries a machine that failed again at its old place, before the shorter ones that wait', () => {
    const machines = [3, 2, 1].map((n) => aMachine(`w${n}`, { expectedSeconds: 60 * n }));
    const queue = new Queue(machines, one);
    expect(named(queue)).toBe('w3');
    queue.finish(aMachine('w3'), false);
    expect([named(queue), named(queue)]).toEqual(['w3', undefined]);
    queue.finish(aMachine('w3'), true);
    expect(named(queue)).toBe('w2');
  });

  it('tries one again that was under way from the start, where nobody else of its kind waits', () => {
    let tries = 0;
    const machines = [aMachine('lonely', { state: 'running' })];
    const attempt = () => ({ seconds: 10, succeeds: (tries += 1) > 1 });
    expect(playOut({ machines, budgets: one, attempt })).toEqual({ seconds: 20, left: 0 });
  });

  it('leaves its lineup as it was for the next course', () => {
    const machines = [2, 1].map((n) => aMachine(`w${n}`, { expectedSeconds: 60 * n }));
    const lineup = new Lineup(machines, one);
    const order = (): (string | undefined)[] => {
      const queue = new Queue(machines, one, lineup);
      const first = queue.next();
      if (first !== undefined) queue.finish(first, first.name === 'w1');
      return [first?.name, named(queue)];
    };
    expect([order(), order()]).toEqual([
      ['w2', 'w2'],
      ['w2', 'w2'],
    ]);
  });
});
