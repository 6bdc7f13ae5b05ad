import type { Clock, Timer } from '@keelson/std';
import { expired, type Status } from '../status/status.js';
import type { LogEntry } from '../storage/log.js';
import type { CommitListener, Store } from '../storage/store.js';
import type { Stored } from '../storage/stored.js';

export type HubEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Stored }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }
  | { readonly type: 'ERROR'; readonly status: Status };

/** Where a watch's events go. Both are called in the turn of the commit and must not block. */
export interface Sink {
  event(event: HubEvent): void;
  /** No more will come; clients read the end of the stream as an ordinary one. */
  end(): void;
}

export interface Subscription {
  readonly resource: string;
  /** Only this namespace. */
  readonly namespace?: string | undefined;
  /** Whether an object is one of those watched; absent when all are. */
  readonly matches?: ((object: Stored) => boolean) | undefined;
  /** Events after this; undefined: everything there is as ADDED, then what follows. */
  readonly after: number | undefined;
  readonly bookmarks: boolean;
  /** Ends the initial part with a marked bookmark, if bookmarks are wanted. */
  readonly sendInitialEvents: boolean;
  readonly timeoutMs?: number | undefined;
}

export interface Watching {
  close(): void;
}

const bookmarkEveryMs = 60_000;

/** Delivers commits to watches, each strictly ascending, nothing lost and nothing twice. */
export class WatchHub implements CommitListener {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #watchers = new Map<string, Set<Watcher>>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    store.onCommit(this);
  }

  /** How many watches are open. */
  get size(): number {
    let size = 0;
    for (const watchers of this.#watchers.values()) size += watchers.size;
    return size;
  }

  /**
   * Starts a watch: the initial part is delivered before this returns. While the storage is loaded again none starts: it would
   * not hear of writes that turn out to be stored.
   *
   * @throws ApiError 410 when what followed `after` is no longer known, 500 while the storage is loaded again
   */
  subscribe(subscription: Subscription, sink: Sink): Watching {
    this.#store.mustBeReady();
    const { resource, after } = subscription;
    const floor = this.#store.history.floor(resource);
    if (after !== undefined && after < floor) throw expired(`too old resource version: ${after} (${floor})`);
    const watcher = new Watcher(subscription, sink, after ?? this.#store.revision);
    this.#begin(watcher);
    if (!watcher.isClosed) this.#join(watcher);
    return watcher;
  }

  /** Ends all watches of a resource: its definition is gone. */
  endAll(resource: string): void {
    for (const watcher of this.#watchers.get(resource) ?? []) watcher.end();
  }

  /** Ends every watch: the server is ending. */
  close(): void {
    for (const resource of this.#watchers.keys()) this.endAll(resource);
  }

  committed(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      const watchers = this.#watchers.get(entry.resource);
      if (watchers === undefined) continue;
      for (const watcher of watchers) watcher.deliver(entry);
    }
  }

  interrupted(): void {
    this.close();
  }

  #begin(watcher: Watcher): void {
    const { resource, namespace, after, sendInitialEvents, bookmarks } = watcher.subscription;
    if (after === undefined) {
      for (const object of this.#store.view(resource).list(namespace)) watcher.offer(object);
    } else {
      for (const entry of this.#store.history.after(after, resource)) watcher.deliver(entry);
    }
    if (sendInitialEvents && bookmarks) watcher.bookmark(this.#store.revision, true);
  }

  #join(watcher: Watcher): void {
    const { resource, bookmarks, timeoutMs } = watcher.subscription;
    const watchers = this.#watchers.get(resource) ?? new Set();
    this.#watchers.set(resource, watchers);
    watchers.add(watcher);
    watcher.onClose(() => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(resource) === watchers) this.#watchers.delete(resource);
    });
    if (bookmarks) this.#keepBookmarks(watcher);
    if (timeoutMs !== undefined) {
      const timer = this.#clock.schedule(timeoutMs, () => {
        if (bookmarks) watcher.bookmark(this.#store.revision, false);
        watcher.end();
      });
      watcher.onClose(() => timer.cancel());
    }
  }

  #keepBookmarks(watcher: Watcher): void {
    let timer: Timer;
    const again = (): void => {
      timer = this.#clock.schedule(bookmarkEveryMs, () => {
        watcher.bookmark(this.#store.revision, false);
        if (!watcher.isClosed) again();
      });
    };
    again();
    watcher.onClose(() => timer.cancel());
  }
}

class Watcher implements Watching {
  readonly subscription: Subscription;
  readonly #sink: Sink;
  readonly #closing: (() => void)[] = [];
  /** Everything up to here is delivered, or was asked not to be. */
  #revision: number;
  isClosed = false;

  constructor(subscription: Subscription, sink: Sink, revision: number) {
    this.subscription = subscription;
    this.#sink = sink;
    this.#revision = revision;
  }

  onClose(run: () => void): void {
    this.#closing.push(run);
  }

  /** An object that was there when the watch began. */
  offer(object: Stored): void {
    if (this.#matches(object)) this.#send({ type: 'ADDED', object });
  }

  /** A write as this watch sees it: what starts to match is added, what stops is deleted in its last matching state. */
  deliver(entry: LogEntry): void {
    const { namespace } = this.subscription;
    if (this.isClosed || entry.revision <= this.#revision) return;
    this.#revision = entry.revision;
    if (namespace !== undefined && entry.namespace !== namespace) return;
    const did = entry.previous !== undefined && this.#matches(entry.previous);
    const does = entry.type === 'put' && this.#matches(entry.object);
    if (does) this.#send({ type: did ? 'MODIFIED' : 'ADDED', object: entry.object });
    else if (did) this.#send({ type: 'DELETED', object: lastState(entry) });
  }

  bookmark(revision: number, initialEventsEnd: boolean): void {
    if (!this.isClosed && revision >= this.#revision)
      this.#send({ type: 'BOOKMARK', resourceVersion: String(revision), initialEventsEnd });
  }

  end(): void {
    if (this.isClosed) return;
    this.close();
    this.#sink.end();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const run of this.#closing) run();
  }

  #matches(object: Stored): boolean {
    return this.subscription.matches === undefined || this.subscription.matches(object);
  }

  #send(event: HubEvent): void {
    if (!this.isClosed) this.#sink.event(event);
  }
}

const lastStates = new WeakMap<LogEntry, Stored>();

/** The state before the write under the write's own resourceVersion; one object for all watches. */
function lastState(entry: LogEntry): Stored {
  if (entry.type === 'delete' || entry.previous === undefined) return entry.object;
  let last = lastStates.get(entry);
  if (last === undefined) {
    const { previous } = entry;
    last = Object.freeze({
      ...previous,
      metadata: Object.freeze({ ...previous.metadata, resourceVersion: String(entry.revision) }),
    });
    lastStates.set(entry, last);
  }
  return last;
}
