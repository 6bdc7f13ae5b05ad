import type { LogEntry } from './log.js';

export interface HistoryLimits {
  /** Entries younger than this are kept, in milliseconds. */
  readonly keepMs: number;
  /** At least this many entries are kept. */
  readonly keepEntries: number;
}

/** Five minutes and ten thousand revisions. */
export const defaultHistoryLimits: HistoryLimits = { keepMs: 300_000, keepEntries: 10_000 };

/**
 * The window of recent writes from which watches are replayed and earlier points in time rebuilt. For every resource it
 * remembers the highest revision that has left the window: whoever starts at or above it has missed nothing, however
 * long ago that was.
 */
export class History {
  readonly #limits: HistoryLimits;
  readonly #floors: Map<string, number>;
  #entries: { readonly at: number; readonly entry: LogEntry }[];
  #start = 0;
  #compacted: number;

  constructor(
    limits: HistoryLimits,
    state: { tail: readonly LogEntry[]; floors: ReadonlyMap<string, number>; compacted: number },
    now: number,
  ) {
    this.#limits = limits;
    this.#floors = new Map(state.floors);
    this.#compacted = state.compacted;
    this.#entries = state.tail.map((entry) => ({ at: now, entry }));
  }

  /** The highest revision that has left the window. */
  get compacted(): number {
    return this.#compacted;
  }

  get floors(): ReadonlyMap<string, number> {
    return this.#floors;
  }

  /** Nothing of the resource after a revision at or above this has been forgotten. */
  floor(resource: string): number {
    return this.#floors.get(resource) ?? 0;
  }

  push(entry: LogEntry, now: number): void {
    this.#entries.push({ at: now, entry });
  }

  /** Entries of the resource after `revision`, ascending. Complete only from the resource's floor on. */
  after(revision: number, resource: string): LogEntry[] {
    const found: LogEntry[] = [];
    for (let i = this.#entries.length - 1; i >= this.#start; i--) {
      const { entry } = this.#entries[i] as { entry: LogEntry };
      if (entry.revision <= revision) break;
      if (entry.resource === resource) found.push(entry);
    }
    return found.reverse();
  }

  /** Forgets what is both old and beyond the number kept; true when something was forgotten. */
  trim(now: number): boolean {
    const before = this.#start;
    while (this.#entries.length - this.#start > this.#limits.keepEntries) {
      const oldest = this.#entries[this.#start] as { at: number; entry: LogEntry };
      if (oldest.at > now - this.#limits.keepMs) break;
      this.#floors.set(oldest.entry.resource, oldest.entry.revision);
      this.#compacted = oldest.entry.revision;
      this.#start += 1;
    }
    if (this.#start > 1024 && this.#start * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
      return true;
    }
    return this.#start > before;
  }
}
