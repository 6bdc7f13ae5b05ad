import type { Clock, Timer } from '@keelson/std';
import { type Place, PlaceHeap } from './place-heap.js';

/** Why an object is looked at, the most urgent first: a person's change, a retry after failure, news of progress, a routine look. */
export const priorities = ['change', 'retry', 'progress', 'resync'] as const;
export type Priority = (typeof priorities)[number];

export interface QueueOptions {
  readonly clock: Clock;
  /** Called when something became ready. */
  readonly onReady: () => void;
  /** Whoever has waited this long goes first, whatever its priority, so that nobody starves. Milliseconds. */
  readonly longestWaitMs?: number;
}

/** An object taken into work. */
export interface Taken {
  readonly key: string;
  readonly priority: Priority;
  /** How long it was ready before it was taken. Milliseconds. */
  readonly waitedMs: number;
}

interface Later {
  dueAt: number;
  priority: Priority;
  order: string;
  timer: Timer;
  fireAt: number;
}

interface Again {
  readonly priority: Priority;
  readonly order: string;
  /** The one version of the object that was the cause; undefined when there were other causes. */
  readonly cause: string | undefined;
}

const defaultLongestWaitMs = 30_000;

/**
 * The objects to look at, each at most once: ready ones by priority and then by `order` (creation, so that what was begun
 * first is finished first), later ones by time. A key in work is never given out again before `done`.
 * Its size is bounded by the number of objects.
 */
export class WorkQueue {
  readonly #options: QueueOptions;
  /** In the order in which they became ready. */
  readonly #ready = new Map<string, Place>();
  readonly #heap = new PlaceHeap();
  readonly #inWork = new Set<string>();
  /** Asked for while in work: due again when done. */
  readonly #again = new Map<string, Again>();
  readonly #later = new Map<string, Later>();
  #sequence = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Objects that are ready and not yet taken. */
  get depth(): number {
    return this.#ready.size;
  }

  /**
   * Makes a key ready now; one already in line moves up if it became more urgent.
   *
   * @param cause the version of the object that is the reason, if it is the only one: `done` may name it as known
   */
  add(key: string, priority: Priority, order = '', cause?: string): void {
    if (this.#inWork.has(key)) return this.#wantAgain(key, { priority, order, cause });
    const known = this.#ready.get(key);
    if (known !== undefined && known.rank <= rankOf(priority)) return;
    const place: Place = {
      key,
      rank: rankOf(priority),
      order,
      sequence: this.#sequence++,
      readyAt: known?.readyAt ?? this.#options.clock.elapsed(),
    };
    this.#ready.set(key, place);
    this.#heap.push(place);
    this.#options.onReady();
  }

  /** Makes a key ready after `ms`, in place of what was planned for it; an earlier `add` comes first and cancels it. */
  addLater(key: string, priority: Priority, order: string, ms: number): void {
    if (ms <= 0) return this.add(key, priority, order);
    const dueAt = this.#options.clock.elapsed() + ms;
    const known = this.#later.get(key);
    if (known !== undefined && known.fireAt <= dueAt) {
      Object.assign(known, { dueAt, priority, order });
      return;
    }
    known?.timer.cancel();
    this.#later.set(key, {
      dueAt,
      priority,
      order,
      fireAt: dueAt,
      timer: this.#options.clock.schedule(ms, () => this.#due(key)),
    });
  }

  /** The most urgent key, now in work; undefined when none is ready. */
  take(): Taken | undefined {
    const place = this.#next();
    if (place === undefined) return undefined;
    this.#ready.delete(place.key);
    this.#inWork.add(place.key);
    const later = this.#later.get(place.key);
    if (later !== undefined) later.dueAt = Number.POSITIVE_INFINITY;
    return {
      key: place.key,
      priority: priorities[place.rank] ?? 'resync',
      waitedMs: this.#options.clock.elapsed() - place.readyAt,
    };
  }

  /** The key is out of work; if it was asked for meanwhile, for another cause than `known`, it is ready again. */
  done(key: string, known?: string): void {
    this.#inWork.delete(key);
    const again = this.#again.get(key);
    if (again === undefined) return;
    this.#again.delete(key);
    if (again.cause === undefined || again.cause !== known) this.add(key, again.priority, again.order);
  }

  /** Drops a key from the line; work under way goes on. */
  forget(key: string): void {
    this.#ready.delete(key);
    this.#again.delete(key);
    this.#later.get(key)?.timer.cancel();
    this.#later.delete(key);
  }

  /** Drops everything that is not in work. */
  clear(): void {
    for (const key of [...this.#ready.keys(), ...this.#again.keys(), ...this.#later.keys()]) this.forget(key);
  }

  #wantAgain(key: string, wanted: Again): void {
    const known = this.#again.get(key);
    const first = known === undefined || isMoreUrgent(wanted.priority, known.priority) ? wanted : known;
    const isOneCause = known === undefined || known.cause === wanted.cause;
    this.#again.set(key, { ...first, cause: isOneCause ? wanted.cause : undefined });
  }

  #next(): Place | undefined {
    const oldest = this.#ready.values().next().value;
    const longest = this.#options.longestWaitMs ?? defaultLongestWaitMs;
    if (oldest !== undefined && this.#options.clock.elapsed() - oldest.readyAt > longest) return oldest;
    for (let place = this.#heap.pop(); place !== undefined; place = this.#heap.pop()) {
      if (this.#ready.get(place.key) === place) return place;
    }
    return undefined;
  }

  /** A timer fired: early ones are wound up again, so that a key has one timer however often its time moves. */
  #due(key: string): void {
    const later = this.#later.get(key);
    if (later === undefined) return;
    const left = later.dueAt - this.#options.clock.elapsed();
    if (left > 0 && Number.isFinite(left)) {
      later.fireAt = later.dueAt;
      later.timer = this.#options.clock.schedule(left, () => this.#due(key));
      return;
    }
    this.#later.delete(key);
    if (left <= 0) this.add(key, later.priority, later.order);
  }
}

function rankOf(priority: Priority): number {
  return priorities.indexOf(priority);
}

function isMoreUrgent(a: Priority, b: Priority): boolean {
  return rankOf(a) < rankOf(b);
}
