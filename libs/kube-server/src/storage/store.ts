import { type Clock, type Log, messageOf } from '@keelson/std';
import { ApiError, tooManyRequests } from '../status/status.js';
import { defaultHistoryLimits, History, type HistoryLimits } from './history.js';
import { type LogEntry, type ObjectLog, WriterLost } from './log.js';
import { withSharedFields } from './shared-fields.js';
import { freezeDeep, type Stored } from './stored.js';
import { keyOf, ResourceView } from './view.js';

export interface StoreOptions {
  readonly log: ObjectLog;
  readonly clock: Clock;
  readonly logger: Log;
  readonly history?: HistoryLimits;
  /** Writes waiting for a commit; beyond it writers are told to come again. */
  readonly maxQueued?: number;
  /** Called once when another process became the writer: this one must end. */
  readonly onLost?: (error: Error) => void;
}

/** A write that has passed all checks. The store puts the resourceVersion in. */
export interface Change {
  readonly type: 'put' | 'delete';
  readonly resource: string;
  /** What to store; for a deletion the last state. Its metadata.resourceVersion is replaced. */
  readonly object: Stored;
  readonly previous: Stored | undefined;
}

/** What follows commits: the watch hub, garbage collection, caches. Called in one turn, before the writers are answered. */
export interface CommitListener {
  committed(entries: readonly LogEntry[]): void;
  /** The outcome of a commit is unknown: nothing is known until `reloaded`. */
  interrupted?(): void;
  /** The state was loaded again; anything may be different. */
  reloaded?(): void;
}

const maxBatch = 256;
const reloadAfterMs = 1000;
/** Revisions to be forgotten before the log is told. */
const compactEvery = 500;

/**
 * All objects, in two views: *committed* (what clients may see) and *head* (committed plus queued, what writes are
 * planned against). One loop appends queued writes to the log, in batches; only after the log has them does the
 * committed view move, watchers hear of it and writers get their answer.
 */
export class Store {
  readonly #options: StoreOptions;
  readonly #maxQueued: number;
  readonly #listeners: CommitListener[] = [];
  #committed = new Map<string, ResourceView>();
  /** Newest queued write by resource and key. */
  #pending = new Map<string, LogEntry>();
  #queue: Waiting[] = [];
  #history: History;
  #revision = 0;
  #counter = 0;
  /** What the log was last told to forget. */
  #compacted = 0;
  #state: 'ready' | 'reloading' | 'lost' | 'closed' = 'reloading';
  #draining: Promise<void> | undefined;
  #compacting: Promise<void> | undefined;

  private constructor(options: StoreOptions) {
    this.#options = options;
    this.#maxQueued = options.maxQueued ?? 4096;
    this.#history = new History(defaultHistoryLimits, { tail: [], floors: new Map(), compacted: 0 }, 0);
  }

  /** Becomes the writer of the log and loads it. */
  static async open(options: StoreOptions): Promise<Store> {
    const store = new Store(options);
    options.log.onInterrupted?.((error) => store.#interrupted(error));
    await store.#load();
    store.#state = 'ready';
    return store;
  }

  /** The revision of the committed view. */
  get revision(): number {
    return this.#revision;
  }

  get history(): History {
    return this.#history;
  }

  /** Whether reads and writes are answered. */
  get isReady(): boolean {
    return this.#state === 'ready';
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** The committed view of a resource; empty when nothing was ever stored there. */
  view(resource: string): ResourceView {
    this.mustBeReady();
    let view = this.#committed.get(resource);
    if (view === undefined) {
      view = new ResourceView();
      this.#committed.set(resource, view);
    }
    return view;
  }

  /** Names of resources that have or had objects. */
  resources(): readonly string[] {
    return [...this.#committed.keys()];
  }

  get(resource: string, namespace: string, name: string): Stored | undefined {
    return this.view(resource).get(keyOf(namespace, name));
  }

  /** The state a write must be planned against: the newest, committed or queued. */
  head(resource: string, namespace: string, name: string): Stored | undefined {
    const key = keyOf(namespace, name);
    const id = `${resource}\0${key}`;
    const pending = this.#pending.get(id);
    if (pending === undefined) return this.view(resource).get(key);
    return pending.type === 'delete' ? undefined : pending.object;
  }

  /**
   * Queues a write that was planned against `head` in this same turn. Resolves with the stored object once it is durable.
   *
   * @throws ApiError 429 when the queue is full, 500 when the outcome is unknown
   */
  write(change: Change): Promise<Stored> {
    this.mustBeReady();
    if (this.#queue.length >= this.#maxQueued) {
      return Promise.reject(tooManyRequests('the write queue is full, please try again later', 1));
    }
    const revision = ++this.#counter;
    const { metadata } = change.object;
    const object = freezeDeep({ ...change.object, metadata: { ...metadata, resourceVersion: String(revision) } });
    const entry: LogEntry = {
      revision,
      resource: change.resource,
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      type: change.type,
      object,
      previous: change.previous,
    };
    this.#pending.set(idOf(entry), entry);
    return new Promise((resolve, reject) => {
      this.#queue.push({ entry, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  /** The resource as it was at `revision`, which must not be below its floor. */
  viewAt(resource: string, revision: number): ResourceView {
    const current = this.view(resource);
    const since = this.#history.after(revision, resource);
    if (since.length === 0) return current;
    const past = current.copy();
    for (const entry of since.reverse()) {
      const key = keyOf(entry.namespace, entry.name);
      if (entry.previous === undefined) past.delete(key);
      else past.put(key, entry.previous);
    }
    return past;
  }

  /** Answers what is queued, then lets go of the log. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    if (this.#state === 'reloading') this.#state = 'closed';
    await this.#draining;
    await this.#compacting;
    this.#state = 'closed';
    await this.#options.log.close();
  }

  /** @throws ApiError 500, to be asked again, while what is stored is not known */
  mustBeReady(): void {
    if (this.#state === 'ready') return;
    const why = {
      reloading: 'the storage is being loaded again',
      lost: 'another process is the writer',
      closed: 'the server is ending',
    }[this.#state];
    throw new ApiError(500, 'InternalError', `Internal error occurred: ${why}, please try again`, {
      retryAfterSeconds: 1,
    });
  }

  async #drain(interruption?: Error): Promise<void> {
    if (interruption !== undefined) await this.#fail(interruption, []);
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, maxBatch);
      try {
        await this.#options.log.append(batch.map((waiting) => waiting.entry));
      } catch (error) {
        await this.#fail(error, batch);
        continue;
      }
      this.#publish(batch);
    }
    this.#draining = undefined;
    this.#compact();
  }

  /** A commit on its way fails by itself; else nothing is known from here on either. */
  #interrupted(error: Error): void {
    if (this.#state !== 'ready' || this.#draining !== undefined) return;
    this.#draining = this.#drain(error);
  }

  #publish(batch: readonly Waiting[]): void {
    const now = this.#options.clock.now();
    const entries = batch.map((waiting) => waiting.entry);
    for (const entry of entries) {
      const key = keyOf(entry.namespace, entry.name);
      const view = this.view(entry.resource);
      if (entry.type === 'delete') view.delete(key);
      else view.put(key, entry.object);
      const id = idOf(entry);
      if (this.#pending.get(id) === entry) this.#pending.delete(id);
      this.#history.push(entry, now);
      this.#revision = entry.revision;
    }
    for (const listener of this.#listeners) listener.committed(entries);
    for (const waiting of batch) waiting.resolve(waiting.entry.object);
  }

  /** Nobody may believe in what was queued: answer everyone, forget both views, load again. */
  async #fail(error: unknown, batch: readonly Waiting[]): Promise<void> {
    const lost = error instanceof WriterLost;
    this.#state = lost ? 'lost' : 'reloading';
    this.#options.logger.error(
      lost ? 'another process became the writer' : `a commit failed or its outcome is unknown: ${messageOf(error)}`,
    );
    const answer = new ApiError(
      500,
      'InternalError',
      'Internal error occurred: the write may or may not have been stored, please look again',
      { retryAfterSeconds: 1 },
    );
    const waiting = [...batch, ...this.#queue];
    this.#queue = [];
    this.#pending = new Map();
    for (const one of waiting) one.reject(answer);
    for (const listener of this.#listeners) listener.interrupted?.();
    if (lost) this.#options.onLost?.(error);
    else await this.#reload();
  }

  async #reload(): Promise<void> {
    while (this.#state === 'reloading') {
      try {
        await this.#load();
        if (this.#state !== 'reloading') return;
        this.#state = 'ready';
        this.#options.logger.info('the storage was loaded again', { revision: this.#revision });
        for (const listener of this.#listeners) listener.reloaded?.();
        return;
      } catch (error) {
        if (error instanceof WriterLost) {
          this.#state = 'lost';
          return this.#options.onLost?.(error);
        }
        this.#options.logger.error(`loading the storage failed: ${messageOf(error)}`);
        await new Promise<void>((resolve) => this.#options.clock.schedule(reloadAfterMs, resolve));
      }
    }
  }

  async #load(): Promise<void> {
    const state = await this.#options.log.open();
    const views = new Map<string, ResourceView>();
    for (const { resource, object } of state.objects) {
      const view = views.get(resource) ?? new ResourceView();
      views.set(resource, view);
      view.put(keyOf(object.metadata.namespace ?? '', object.metadata.name), freezeDeep(withSharedFields(object)));
    }
    for (const entry of state.tail) {
      freezeDeep(entry.object);
      freezeDeep(entry.previous);
    }
    this.#committed = views;
    this.#pending = new Map();
    this.#history = new History(this.#options.history ?? defaultHistoryLimits, state, this.#options.clock.now());
    this.#revision = state.revision;
    this.#counter = state.revision;
    this.#compacted = state.compacted;
  }

  /** The log may remember more than the window: it forgets many at once. */
  #compact(): void {
    this.#history.trim(this.#options.clock.now());
    if (this.#compacting !== undefined || this.#history.compacted < this.#compacted + compactEvery) return;
    this.#compacted = this.#history.compacted;
    this.#compacting = this.#options.log
      .compact(this.#history.compacted, this.#history.floors)
      .catch((error: unknown) =>
        this.#options.logger.warn(`compacting the log failed, will be tried again: ${messageOf(error)}`),
      )
      .finally(() => (this.#compacting = undefined));
  }
}

interface Waiting {
  readonly entry: LogEntry;
  readonly resolve: (object: Stored) => void;
  readonly reject: (error: Error) => void;
}

function idOf(entry: LogEntry): string {
  return `${entry.resource}\0${keyOf(entry.namespace, entry.name)}`;
}
