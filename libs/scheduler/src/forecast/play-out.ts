import type { Budgets, ScheduledMachine } from '../plan/machine.js';
import { type Lineup, Queue } from '../plan/queue.js';

/** How one attempt at a machine goes. */
export interface Attempt {
  readonly seconds: number;
  readonly succeeds: boolean;
}

export interface Course {
  /** Seconds from now until the last machine is done. */
  readonly seconds: number;
  /** Machines that never could go. */
  readonly left: number;
}

export interface PlayOptions {
  readonly machines: readonly ScheduledMachine[];
  readonly budgets: Budgets;
  /** Of just these machines and budgets, where many courses begin alike. */
  readonly lineup?: Lineup;
  /** How the next attempt goes; for a machine that runs now, how much longer it runs. */
  readonly attempt: (machine: ScheduledMachine) => Attempt;
  /** Called for each start and each end, with the seconds since now. */
  readonly onStart?: (machine: ScheduledMachine, at: number) => void;
  readonly onEnd?: (machine: ScheduledMachine, at: number, succeeded: boolean) => void;
}

/** Plays an update to its end by the scheduler itself. An attempt that fails is made again. */
export function playOut({ machines, budgets, lineup, attempt, onStart, onEnd }: PlayOptions): Course {
  const queue = new Queue(machines, budgets, lineup);
  const ends = new Agenda<{ machine: ScheduledMachine; succeeds: boolean }>();
  const begin = (machine: ScheduledMachine, at: number): void => {
    const { seconds, succeeds } = attempt(machine);
    ends.add(at + seconds, { machine, succeeds });
  };
  let left = machines.filter(({ state }) => state === 'waiting').length;
  for (const machine of machines.filter(({ state }) => state === 'running')) begin(machine, 0);
  for (let now = 0; ;) {
    for (let next = queue.next(); next !== undefined; next = queue.next()) {
      left -= 1;
      onStart?.(next, now);
      begin(next, now);
    }
    const end = ends.take();
    if (end === undefined) return { seconds: now, left };
    now = end.at;
    const { machine, succeeds } = end.what;
    if (!succeeds) left += 1;
    queue.finish(machine, succeeds);
    onEnd?.(machine, now, succeeds);
  }
}

/** What happens when, the next first: a binary heap. */
class Agenda<T> {
  readonly #entries: { at: number; what: T }[] = [];

  add(at: number, what: T): void {
    const entries = this.#entries;
    let place = entries.push({ at, what }) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#at(parent) <= at) break;
      this.#swap(place, parent);
      place = parent;
    }
  }

  take(): { at: number; what: T } | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return first;
    entries[0] = last;
    this.#sink();
    return first;
  }

  #sink(): void {
    for (let place = 0; ;) {
      const left = 2 * place + 1;
      const least = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(least) >= this.#at(place)) return;
      this.#swap(place, least);
      place = least;
    }
  }

  #at(place: number): number {
    return this.#entries[place]?.at ?? Infinity;
  }

  #swap(a: number, b: number): void {
    const [left, right] = [this.#entries[a], this.#entries[b]];
    if (left === undefined || right === undefined) return;
    this.#entries[a] = right;
    this.#entries[b] = left;
  }
}
