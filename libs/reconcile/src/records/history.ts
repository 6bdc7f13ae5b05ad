import type { Kind, KubeObject, ObjectKey } from '@keelson/api';
import {
  type BackoffPolicy,
  backoffSeconds,
  type Clock,
  type Log,
  messageOf,
  type Random,
  type Timer,
} from '@keelson/std';
import type { HistoryEntry, LastState, Records } from '@keelson/store';
import { kindId } from '../kinds.js';
import type { AnyReconciler, Machine } from '../reconciler.js';
import type { Expectations } from './expectations.js';
import { KindHistory, type Vanished } from './kind-history.js';

export interface HistoryOptions {
  readonly reconcilers: readonly AnyReconciler[];
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly expectations: Expectations;
  /** Reads an object from the API itself: caches may lag behind what an earlier process has recorded. */
  readonly find: (kind: Kind, key: ObjectKey) => Promise<KubeObject | undefined>;
  /** Called after entries were appended: their news wait in the outbox. */
  readonly onAppended: () => void;
}

/** What could not be recorded yet is kept up to this many; the oldest go first, and a restart derives the latest again. */
const mostWaiting = 10_000;
const batchSize = 200;
const backoff: BackoffPolicy = { firstSeconds: 1, maxSeconds: 60, factor: 2 };

/**
 * Records every change of state that the caches show, once. Records that cannot be reached are no reason to stop
 * reconciling: what is to be recorded waits in memory, and what was missed while no process ran is found from the latest
 * recorded states.
 */
export class History {
  readonly #options: HistoryOptions;
  readonly #kinds: ReadonlyMap<string, KindHistory>;
  readonly #waiting: HistoryEntry[] = [];
  #isWriting = false;
  #isRunning = false;
  #failures = 0;
  #timer: Timer | undefined;
  #whenEmpty: (() => void)[] = [];

  constructor(options: HistoryOptions) {
    this.#options = options;
    const withMachine = options.reconcilers.filter((reconciler) => reconciler.machine !== undefined);
    this.#kinds = new Map(
      withMachine.map((reconciler) => [
        kindId(reconciler.kind),
        new KindHistory(reconciler.kind, reconciler.machine as Machine<KubeObject>, options.expectations),
      ]),
    );
  }

  /** Begins to record. `present` are the objects that exist now, of every kind with a machine. */
  start(present: (reconciler: AnyReconciler) => readonly KubeObject[]): void {
    this.#isRunning = true;
    for (const reconciler of this.#options.reconcilers) {
      const kind = this.#kinds.get(kindId(reconciler.kind));
      if (kind === undefined || reconciler.machine === undefined) continue;
      this.#add(kind.begin(present(reconciler), this.#options.clock.now()));
    }
    void this.#flush();
  }

  /** The caches saw a change. */
  seen(kind: { group: string; kind: string }, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    const history = this.#kinds.get(kindId(kind));
    if (!this.#isRunning || history === undefined) return;
    this.#add(history.observe({ object, isGone: type === 'DELETED', at: this.#options.clock.now() }));
    void this.#flush();
  }

  /** Records nothing more; resolves when what waits is written, or at the latest after `withinMs`. */
  async stop(withinMs: number): Promise<void> {
    this.#isRunning = false;
    await this.#emptied(withinMs);
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting.length = 0;
    for (const kind of this.#kinds.values()) kind.forget();
  }

  /** Transitions that wait for the record store. */
  get waiting(): number {
    return this.#waiting.length;
  }

  #emptied(withinMs: number): Promise<void> {
    if (this.#waiting.length === 0 && !this.#isWriting) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#options.clock.schedule(withinMs, resolve);
      this.#whenEmpty.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #add(entries: readonly HistoryEntry[]): void {
    this.#waiting.push(...entries);
    if (this.#waiting.length <= mostWaiting) return;
    const lost = this.#waiting.splice(0, this.#waiting.length - mostWaiting);
    this.#options.log.warn(
      `the record store is away for long: ${lost.length} changes of state are lost to the history`,
    );
  }

  async #flush(): Promise<void> {
    if (this.#isWriting || this.#timer !== undefined) return;
    this.#isWriting = true;
    try {
      await this.#learn();
      while (this.#waiting.length > 0) await this.#append();
      this.#failures = 0;
    } catch (error) {
      this.#retry(error);
    }
    this.#isWriting = false;
    if (this.#waiting.length === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /** Reads the latest recorded states of kinds where they are not known yet, and closes the history of what has vanished. */
  async #learn(): Promise<void> {
    for (const kind of this.#kinds.values()) {
      if (kind.isLearned) continue;
      const recorded = await this.#options.records.lastStates(kind.name);
      const vanished = await this.#vanished(kind, recorded);
      this.#add([...kind.learn(recorded), ...vanished.map((gone) => kind.closed(gone, this.#options.clock.now()))]);
    }
  }

  async #vanished(kind: KindHistory, recorded: ReadonlyMap<string, LastState>): Promise<Vanished[]> {
    const vanished: Vanished[] = [];
    for (const [uid, last] of recorded) {
      if (last.state === '' || kind.hasSeen(uid)) continue;
      const found = await this.#options.find(kind.kind, last);
      if (found?.metadata.uid !== uid) vanished.push({ uid, last });
    }
    return vanished;
  }

  async #append(): Promise<void> {
    const batch = this.#waiting.slice(0, batchSize);
    await this.#options.records.append(batch);
    const written = new Set(batch);
    const rest = this.#waiting.filter((entry) => !written.has(entry));
    this.#waiting.splice(0, this.#waiting.length, ...rest);
    if (batch.some(({ subject }) => subject !== undefined)) this.#options.onAppended();
  }

  #retry(error: unknown): void {
    const { log, clock, random } = this.#options;
    this.#failures += 1;
    if (this.#failures === 1)
      log.warn(`changes of state cannot be recorded now and wait in memory: ${messageOf(error)}`);
    this.#timer = clock.schedule(backoffSeconds(backoff, this.#failures, random) * 1000, () => {
      this.#timer = undefined;
      void this.#flush();
    });
  }
}
