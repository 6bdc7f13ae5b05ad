import type { Clock, Timer } from './clock.js';

/**
 * A clock whose time passes only when it is told to. Timers fire in the order of their due time and, where equal, of
 * their making; between two timers all pending promise work is finished first. With in-memory ports (which answer in
 * microtasks) a world driven by this clock repeats itself exactly.
 */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  readonly #heap: Entry[] = [];

  /** @param startMs the first reading, in milliseconds since the epoch */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** It is never set: the time of day tells how much has passed. */
  elapsed(): number {
    return this.#now;
  }

  schedule(ms: number, run: () => void): Timer {
    const entry: Entry = { due: this.#now + Math.max(0, ms), sequence: this.#sequence++, run, cancelled: false };
    push(this.#heap, entry);
    return { cancel: () => void (entry.cancelled = true) };
  }

  /** The time of the next timer, or undefined when none is set. */
  nextDue(): number | undefined {
    while (this.#heap[0]?.cancelled) pop(this.#heap);
    return this.#heap[0]?.due;
  }

  /** Fires the timers due up to `untilMs` one by one, letting promise work finish after each; then stands at `untilMs`. */
  async advanceTo(untilMs: number): Promise<void> {
    await settle();
    for (let due = this.nextDue(); due !== undefined && due <= untilMs; due = this.nextDue()) {
      await this.step();
    }
    this.#now = Math.max(this.#now, untilMs);
  }

  /** `advanceTo` by a span of milliseconds. */
  advance(ms: number): Promise<void> {
    return this.advanceTo(this.#now + ms);
  }

  /** Moves to the next timer and fires it. False when there is none. */
  async step(): Promise<boolean> {
    if (this.nextDue() === undefined) return false;
    const entry = pop(this.#heap) as Entry;
    this.#now = Math.max(this.#now, entry.due);
    entry.run();
    await settle();
    return true;
  }
}

interface Entry {
  readonly due: number;
  readonly sequence: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Lets all promise work that is already possible run to its end: a macrotask comes after every queued microtask. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function before(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.sequence < b.sequence);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(heap[at]!, heap[parent]!)) return;
    [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
    at = parent;
  }
}

function pop(heap: Entry[]): Entry | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return top;
  heap[0] = last;
  for (let at = 0; ;) {
    const left = 2 * at + 1;
    let least = at;
    if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
    if (left + 1 < heap.length && before(heap[left + 1]!, heap[least]!)) least = left + 1;
    if (least === at) return top;
    [heap[at], heap[least]] = [heap[least]!, heap[at]!];
    at = least;
  }
}
