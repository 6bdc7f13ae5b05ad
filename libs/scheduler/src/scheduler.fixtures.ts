import type { Random } from '@keelson/std';
import type { Budgets, ScheduledMachine } from './plan/machine.js';
import { Queue } from './plan/queue.js';
import { breaches } from './plan/breaches.js';

/** A machine as tests want it: the only member of group `workers` that waits, unless told otherwise. */
export function aMachine(name: string, given: Partial<ScheduledMachine> = {}): ScheduledMachine {
  return { name, group: 'workers', state: 'waiting', expectedSeconds: 60, ...given };
}

export function budgetsOf(given: Partial<Budgets> = {}): Budgets {
  return { groups: [{ name: 'workers', index: 1, concurrent: 3 }], ...given };
}

export interface Run {
  /** Names in the order in which they were started. */
  readonly started: readonly string[];
  readonly unfinished: readonly string[];
  readonly breaches: readonly string[];
  /** States of all machines at each start, by name: to see who was done before whom. */
  readonly doneBefore: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Plays an update to its end; which running machine ends next is chance. The oracle looks after every event. */
export function play(machines: readonly ScheduledMachine[], budgets: Budgets, random: Random): Run {
  const queue = new Queue(machines, budgets);
  const states = new Map(machines.map((machine) => [machine.name, machine]));
  const started: string[] = [];
  const found: string[] = [];
  const doneBefore = new Map<string, ReadonlySet<string>>();
  const running: ScheduledMachine[] = machines.filter(({ state }) => state === 'running');
  for (;;) {
    for (let next = queue.next(); next !== undefined; next = queue.next()) {
      doneBefore.set(
        next.name,
        new Set([...states.values()].filter(({ state }) => state === 'done').map(({ name }) => name)),
      );
      started.push(next.name);
      running.push(next);
      states.set(next.name, { ...next, state: 'running' });
      found.push(...breaches([...states.values()], budgets));
    }
    const ended = running.splice(Math.floor(random.next() * running.length), 1)[0];
    if (ended === undefined) break;
    const isDone = random.next() > 0.1;
    queue.finish(ended, isDone);
    states.set(ended.name, { ...ended, state: isDone ? 'done' : 'waiting' });
  }
  const unfinished = [...states.values()].filter(({ state }) => state !== 'done').map(({ name }) => name);
  return { started, unfinished, breaches: found, doneBefore };
}
