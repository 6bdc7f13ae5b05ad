import type { Clock, Log, Timer } from '@keelson/std';
import { messageOf } from '@keelson/std';

/** Where the lab's state lies between two lives of its process: documents by name, each written whole or not at all. */
export interface SnapshotStore {
  load(): Promise<Readonly<Record<string, unknown>>>;
  save(name: string, document: unknown): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface SnapshotOptions {
  readonly store: SnapshotStore;
  readonly clock: Clock;
  readonly log: Log;
  /** The document of that name now; undefined removes it. */
  readonly read: (name: string) => unknown;
}

/** A change is on disk this long after it at the latest, unless the disk is slower. */
const debounceMs = 200;

/** Writes documents soon after they changed, each once however often it did. */
export class Snapshot {
  readonly #options: SnapshotOptions;
  readonly #dirty = new Set<string>();
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: SnapshotOptions) {
    this.#options = options;
  }

  note(name: string): void {
    this.#dirty.add(name);
    this.#timer ??= this.#options.clock.schedule(debounceMs, () => void this.flush());
  }

  /** Resolves when all that was noted before is written. A document that cannot be written is noted again. */
  flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeAll());
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const names = [...this.#dirty];
    this.#dirty.clear();
    for (const name of names) {
      try {
        const document = this.#options.read(name);
        await (document === undefined ? this.#options.store.remove(name) : this.#options.store.save(name, document));
      } catch (error) {
        this.#options.log.error(`the lab's ${name} could not be saved: ${messageOf(error)}`);
        this.note(name);
      }
    }
  }
}
