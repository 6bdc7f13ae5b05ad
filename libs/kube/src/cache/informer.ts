import type { Kind, KubeObject } from '@keelson/api';
import { backoffSeconds, type Clock, isFailure, type Log, messageOf, type Random, rfc3339, sleep } from '@keelson/std';
import type { KubeApi, WatchEvent } from '../port.js';
import { cachedForm } from './frozen.js';
import type { ObjectStore } from './object-store.js';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface InformerOptions<T extends KubeObject> {
  readonly api: KubeApi;
  readonly kind: Kind<T>;
  readonly selection: Part;
  readonly store: ObjectStore<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called after the store has changed. */
  readonly onChange: (type: ChangeType, object: T, before: T | undefined) => void;
}

/** Which objects of a kind: in some namespaces, by label or by field. All unless it says otherwise. */
export interface Selection {
  readonly namespaces?: readonly string[];
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Of a selection what one list and watch takes: that of one namespace, or of all. */
export interface Part {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Who has lost the API asks again after 1 s at first and then at most every half minute, for ever. */
const backoff = { firstSeconds: 1, maxSeconds: 30, factor: 2 };

/** A watch that ends sooner than this is not begun again at once. */
const shortWatchMs = 1000;

/**
 * Keeps one store equal to what the server has: one list, then one watch after the other, each from where the last one
 * stood. When that point is forgotten it lists again and tells the difference, deletions too.
 */
export class Informer<T extends KubeObject> {
  readonly #options: InformerOptions<T>;
  /** Where the next watch begins; undefined: list first. */
  #resourceVersion: string | undefined;
  #failures = 0;
  /** When the last watch was begun. */
  #begunAt = -Infinity;
  #lostAt: number | undefined;
  #lostBy = '';
  #isSynced = false;
  #onSynced: () => void = () => undefined;
  /** Resolves when the store has held everything once. */
  readonly synced = new Promise<void>((resolve) => (this.#onSynced = resolve));

  constructor(options: InformerOptions<T>) {
    this.#options = options;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Why what is stored may be old; undefined while it is followed. */
  get lacks(): string | undefined {
    const { kind } = this.#options;
    if (this.#lostAt !== undefined)
      return `${kind.plural} are out of sight since ${rfc3339(this.#lostAt)}: ${this.#lostBy}`;
    return this.#isSynced ? undefined : `${kind.plural} are not read yet`;
  }

  /** Runs until the signal aborts. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list();
        await this.#watch();
      } catch (error) {
        if (!signal.aborted) await this.#recover(error);
      }
    }
  }

  async #list(): Promise<void> {
    const { api, kind, selection, signal, store } = this.#options;
    const { items, resourceVersion } = await api.list(kind, { ...selection, signal });
    if (signal.aborted) return;
    for (const object of store.except(items, selection.namespace)) this.#remove(object);
    for (const object of items) this.#put(object);
    this.#resourceVersion = resourceVersion;
    this.#isSynced = true;
    this.#found();
    this.#onSynced();
  }

  async #watch(): Promise<void> {
    const { api, kind, selection, signal, clock, random } = this.#options;
    this.#begunAt = clock.elapsed();
    const resourceVersion = this.#resourceVersion ?? '';
    for await (const event of api.watch(kind, { ...selection, resourceVersion, signal })) {
      if (signal.aborted) return;
      this.#take(event);
    }
    if (clock.elapsed() - this.#begunAt < shortWatchMs) await this.#pause(0.5 + random.next());
  }

  #take(event: WatchEvent<T>): void {
    this.#found();
    if (event.type === 'BOOKMARK') {
      this.#resourceVersion = event.resourceVersion;
      return;
    }
    this.#resourceVersion = event.object.metadata.resourceVersion;
    if (event.type === 'DELETED') this.#remove(event.object);
    else this.#put(event.object);
  }

  #put(object: T): void {
    const { store } = this.#options;
    const { metadata } = object;
    const known = store.get(metadata);
    if (known !== undefined && known.metadata.resourceVersion === metadata.resourceVersion) return;
    const form = cachedForm(object);
    // Deleted and made anew while we did not look: two objects, two changes.
    if (known !== undefined && known.metadata.uid !== metadata.uid) this.#remove(known);
    const before = store.put(form);
    this.#tell(before === undefined ? 'ADDED' : 'MODIFIED', form, before);
  }

  #remove(object: T): void {
    const before = this.#options.store.remove(object.metadata);
    if (before !== undefined) this.#tell('DELETED', cachedForm(object), before);
  }

  /** A defect in a listener must not stop the cache that everyone else reads. */
  #tell(type: ChangeType, object: T, before: T | undefined): void {
    try {
      this.#options.onChange(type, object, before);
    } catch (error) {
      this.#options.log.error(
        `a listener failed on ${type} of ${object.kind} ${object.metadata.name}: ${messageOf(error)}`,
      );
    }
  }

  async #recover(error: unknown): Promise<void> {
    const { log, random, kind, clock } = this.#options;
    const reason = isFailure(error) ? error.reason : 'TemporaryFailure';
    // A watch that lasted was a success, however it ended; one that only began was none.
    if (this.#lostAt === undefined && clock.elapsed() - this.#begunAt > backoff.maxSeconds * 1000) this.#failures = 0;
    this.#failures += 1;
    // After a long silence our point may lie in the future of a server that was restored: look at everything again.
    if (reason === 'Expired' || reason === 'Timeout') this.#resourceVersion = undefined;
    if (reason === 'Expired' && this.#failures === 1) return;
    this.#lostBy = messageOf(error);
    if (this.#lostAt === undefined) {
      this.#lostAt = clock.now();
      log.warn(`lost sight of ${kind.plural}, trying again: ${this.#lostBy}`);
    }
    const wanted = isFailure(error) ? error.retryAfterSeconds : undefined;
    await this.#pause(Math.max(wanted ?? 0, backoffSeconds(backoff, this.#failures, random)));
  }

  #found(): void {
    if (this.#lostAt === undefined) return;
    this.#lostAt = undefined;
    this.#options.log.info(`${this.#options.kind.plural} are in sight again`);
  }

  #pause(seconds: number): Promise<void> {
    return sleep(this.#options.clock, seconds * 1000, this.#options.signal).catch(() => undefined);
  }
}
