import type { LogEntry, LogState, ObjectLog } from './log.js';
import type { Stored } from './stored.js';

export interface MemoryLogOptions {
  /** Revisions begin above it. */
  readonly revision?: number;
  /** False saves the memory of a tail that nobody will open again. */
  readonly keepsTail?: boolean;
}

/** A log without a database: for tests, the lab and simulated worlds. */
export function memoryLog(options: MemoryLogOptions = {}): ObjectLog {
  return new MemoryLog(options);
}

/**
 * A log that keeps what it is given for as long as the process lives and answers in microtasks. The state survives
 * `close` and a second `open`, as a database does.
 */
export class MemoryLog implements ObjectLog {
  readonly #objects = new Map<string, { resource: string; object: Stored }>();
  readonly #floors = new Map<string, number>();
  readonly #keepsTail: boolean;
  #tail: LogEntry[] = [];
  #revision: number;
  #compacted: number;

  constructor(options: MemoryLogOptions = {}) {
    this.#revision = options.revision ?? 0;
    this.#compacted = this.#revision;
    this.#keepsTail = options.keepsTail ?? false;
  }

  async open(): Promise<LogState> {
    return {
      revision: this.#revision,
      objects: [...this.#objects.values()],
      tail: [...this.#tail],
      floors: new Map(this.#floors),
      compacted: this.#compacted,
    };
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    for (const entry of entries) {
      const id = `${entry.resource}\0${entry.namespace}\0${entry.name}`;
      if (entry.type === 'delete') this.#objects.delete(id);
      else this.#objects.set(id, { resource: entry.resource, object: entry.object });
      this.#revision = entry.revision;
      if (this.#keepsTail) this.#tail.push(entry);
      else this.#forget(entry);
    }
  }

  async compact(revision: number, floors: ReadonlyMap<string, number>): Promise<void> {
    this.#tail = this.#tail.filter((entry) => entry.revision > revision);
    for (const [resource, floor] of floors) this.#floors.set(resource, floor);
    this.#compacted = Math.max(this.#compacted, revision);
  }

  async close(): Promise<void> {}

  #forget(entry: LogEntry): void {
    this.#floors.set(entry.resource, entry.revision);
    this.#compacted = entry.revision;
  }
}
