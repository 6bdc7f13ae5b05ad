import type { KubeObject } from '@keelson/api';
import type { Transition } from '@keelson/contracts';
import {
  type BackoffPolicy,
  backoffSeconds,
  type Clock,
  type Log,
  messageOf,
  type Random,
  type Timer,
} from '@keelson/std';
import type { HistoryEntry, Records } from '@keelson/store';
import { isLater, kindId } from '../kinds.js';
import type { AnyReconciler, Machine } from '../reconciler.js';
import { progressOf } from '../report/progress.js';
import { statusOf } from '../report/status-write.js';
import type { Expectations } from './expectations.js';
import { transitionId } from './transition-id.js';

export interface HistoryOptions {
  readonly reconcilers: readonly AnyReconciler[];
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly expectations: Expectations;
  /** Called after entries were appended: their news wait in the outbox. */
  readonly onAppended: () => void;
}

interface Known {
  readonly state: string;
  readonly resourceVersion: string | undefined;
}

interface Observation {
  readonly object: KubeObject;
  readonly isGone: boolean;
  readonly at: number;
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
        new KindHistory(reconciler.kind.kind, reconciler.machine as Machine<KubeObject>, options.expectations),
      ]),
    );
  }

  /** Begins to record. `present` are the objects that exist now, of every kind with a machine. */
  start(present: (reconciler: AnyReconciler) => readonly KubeObject[]): void {
    this.#isRunning = true;
    for (const reconciler of this.#options.reconcilers) {
      const kind = this.#kinds.get(kindId(reconciler.kind));
      if (kind === undefined || reconciler.machine === undefined) continue;
      for (const object of present(reconciler))
        this.#add(kind.observe({ object, isGone: false, at: this.#options.clock.now() }));
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

  /** Reads the latest recorded states of kinds where they are not known yet. */
  async #learn(): Promise<void> {
    for (const kind of this.#kinds.values()) {
      if (kind.isLearned) continue;
      this.#add(kind.learn(await this.#options.records.lastStates(kind.kind)));
    }
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

/** The states of one kind's objects as recorded; until those of an earlier life are known, what is seen waits. */
class KindHistory {
  readonly kind: string;
  readonly #machine: Machine<KubeObject>;
  readonly #expectations: Expectations;
  readonly #known = new Map<string, Known>();
  #recorded: ReadonlyMap<string, string> | undefined;
  #early: Observation[] = [];

  constructor(kind: string, machine: Machine<KubeObject>, expectations: Expectations) {
    this.kind = kind;
    this.#machine = machine;
    this.#expectations = expectations;
  }

  get isLearned(): boolean {
    return this.#recorded !== undefined;
  }

  learn(recorded: ReadonlyMap<string, string>): HistoryEntry[] {
    this.#recorded = recorded;
    return this.#early.splice(0).flatMap((observation) => this.observe(observation));
  }

  forget(): void {
    this.#recorded = undefined;
    this.#known.clear();
    this.#early = [];
  }

  /** The entries that an observation adds: one when the state differs from the last, else none. */
  observe(observation: Observation): HistoryEntry[] {
    const { object, isGone } = observation;
    const { uid, resourceVersion } = object.metadata;
    if (uid === undefined) return [];
    if (this.#recorded === undefined) {
      if (this.#early.length < mostWaiting) this.#early.push(observation);
      return [];
    }
    const known = this.#known.get(uid);
    if (known !== undefined && !isGone && !isLater(resourceVersion, known.resourceVersion)) return [];
    const from = known?.state ?? this.#recorded.get(uid) ?? '';
    const to = isGone ? '' : this.#machine.stateOf(object);
    if (isGone) this.#known.delete(uid);
    else this.#known.set(uid, { state: to, resourceVersion });
    if (from === to) return [];
    return [this.#entry(observation, { uid, from, to })];
  }

  #entry(
    { object, isGone, at }: Observation,
    { uid, from, to }: { uid: string; from: string; to: string },
  ): HistoryEntry {
    const { namespace, name, resourceVersion = '' } = object.metadata;
    const transition: Transition = {
      id: transitionId({ kind: this.kind, uid, from, to, resourceVersion }),
      kind: this.kind,
      ...(namespace === undefined ? {} : { namespace }),
      name,
      uid,
      from,
      to,
      at: new Date(at).toISOString(),
      why: isGone ? `${object.kind} ${name} is gone` : this.#why(object, uid, { from, to }),
    };
    const subject = this.#machine.news?.[to]?.subject;
    return subject === undefined ? { transition } : { transition, subject };
  }

  #why(object: KubeObject, uid: string, { from, to }: { from: string; to: string }): string {
    // Seen before its first status: nothing but its creation brought it here.
    if (from === '' && statusOf(object) === undefined) return `${object.kind} ${object.metadata.name} was made`;
    return (
      this.#expectations.take(uid, to) ??
      progressOf(object)?.message ??
      this.#machine.table.states[to]?.meaning ??
      'the status says so'
    );
  }
}
