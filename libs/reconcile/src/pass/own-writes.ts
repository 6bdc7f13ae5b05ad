import { type Kind, type KubeObject, keyOf, keyText, type ObjectKey, parseKey } from '@keelson/api';
import type { Clock } from '@keelson/std';
import { isLater, kindId } from '../kinds.js';

/** What this process wrote to one object and its cache has not shown yet. */
interface Pending {
  /** As written; undefined when it is gone. */
  readonly object: KubeObject | undefined;
  /** The version the cache must pass before the entry is void. */
  readonly resourceVersion: string;
  readonly uid: string | undefined;
  /** The reconciler whose status write it was, if it was one. */
  readonly statusBy: string | undefined;
  readonly at: number;
}

/** An entry the cache never answers (the object was deleted while the watch was down) is dropped after this long. */
const longestMs = 30_000;

/**
 * Read your writes: what this process wrote lies over the caches until they have caught up, so that no pass of any of its
 * reconcilers sees a world older than its own deeds, and none has to wait for it.
 */
export class OwnWrites {
  readonly #clock: Clock;
  /** Of the cached kinds; what is written to others is not remembered. */
  readonly #byKind: ReadonlyMap<string, Map<string, Pending>>;

  constructor(clock: Clock, cached: readonly Kind[]) {
    this.#clock = clock;
    this.#byKind = new Map(cached.map((kind) => [kindId(kind), new Map<string, Pending>()]));
  }

  /** The server's answer to a write. `statusBy`: it was the status, written by that reconciler. */
  wrote(kind: Kind, object: KubeObject, statusBy?: string): void {
    const isGone = object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0;
    this.#put(kind, keyOf(object), object, isGone ? undefined : object, statusBy);
  }

  /** A deletion was accepted of what was known as `before`: with finalizers it is now on its way, without it is gone. */
  deleted(kind: Kind, key: ObjectKey, before: KubeObject | undefined, deletionTimestamp: string): void {
    if (before === undefined || before.metadata.deletionTimestamp !== undefined) return;
    const remains = (before.metadata.finalizers ?? []).length > 0;
    this.#put(
      kind,
      key,
      before,
      remains ? { ...before, metadata: { ...before.metadata, deletionTimestamp } } : undefined,
    );
  }

  /** The cache took an event: an entry it has caught up with is void. */
  seen(kind: Kind, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    const entries = this.#byKind.get(kindId(kind));
    if (entries === undefined || entries.size === 0) return;
    const key = keyText(keyOf(object));
    const entry = entries.get(key);
    if (entry === undefined) return;
    const isOver = type === 'DELETED' ? entry.uid === object.metadata.uid : !this.#holds(entry, object);
    if (isOver) this.#drop(kind, key);
  }

  /** The object as it is, given what the cache has. */
  latest<T extends KubeObject>(kind: Kind<T>, key: ObjectKey, cached: T | undefined): T | undefined {
    const entries = this.#byKind.get(kindId(kind));
    if (entries === undefined || entries.size === 0) return cached;
    const text = keyText(key);
    const entry = entries.get(text);
    if (entry === undefined) return cached;
    if (!this.#holds(entry, cached)) {
      this.#drop(kind, text);
      return cached;
    }
    return entry.object as T | undefined;
  }

  /** The cached objects with what was written since. `isWanted` says which new ones belong to the list. */
  over<T extends KubeObject>(
    kind: Kind<T>,
    cached: readonly T[],
    isWanted: (object: T) => boolean,
    find: (key: ObjectKey) => T | undefined,
  ): readonly T[] {
    const entries = this.#byKind.get(kindId(kind));
    if (entries === undefined || entries.size === 0) return cached;
    const byKey = new Map(cached.map((object) => [keyText(keyOf(object)), object]));
    for (const [text, entry] of entries) {
      const known = find(parseKey(text));
      if (!this.#holds(entry, known)) this.#drop(kind, text);
      else if (entry.object === undefined || !isWanted(entry.object as T)) byKey.delete(text);
      else byKey.set(text, entry.object as T);
    }
    return [...byKey.values()];
  }

  /** Whether `object`, just seen by the cache, is the status that `reconciler` wrote last: no news to it. */
  isEcho(kind: Kind, object: KubeObject, reconciler: string): boolean {
    const entries = this.#byKind.get(kindId(kind));
    if (entries === undefined || entries.size === 0) return false;
    const entry = entries.get(keyText(keyOf(object)));
    return entry?.statusBy === reconciler && entry.resourceVersion === object.metadata.resourceVersion;
  }

  #put(kind: Kind, key: ObjectKey, version: KubeObject, object: KubeObject | undefined, statusBy?: string): void {
    const entries = this.#byKind.get(kindId(kind));
    if (entries === undefined) return;
    this.#dropExpired(entries);
    entries.delete(keyText(key));
    entries.set(keyText(key), {
      object,
      resourceVersion: version.metadata.resourceVersion ?? '',
      uid: version.metadata.uid,
      statusBy,
      at: this.#clock.elapsed(),
    });
  }

  /** Whether the entry still tells more than the cache. */
  #holds(entry: Pending, cached: KubeObject | undefined): boolean {
    if (this.#clock.elapsed() - entry.at > longestMs) return false;
    if (cached === undefined) return entry.object !== undefined;
    const version = cached.metadata.resourceVersion;
    if (isLater(version, entry.resourceVersion)) return false;
    const isSameVersion = version === entry.resourceVersion;
    // The version a deletion was sent for is the one the cache has until the deletion itself arrives.
    return (
      !isSameVersion ||
      entry.object === undefined ||
      entry.object.metadata.deletionTimestamp !== cached.metadata.deletionTimestamp
    );
  }

  /** Entries are in the order of their writing. */
  #dropExpired(entries: Map<string, Pending>): void {
    for (const [key, { at }] of entries) {
      if (this.#clock.elapsed() - at <= longestMs) return;
      entries.delete(key);
    }
  }

  #drop(kind: Kind, key: string): void {
    this.#byKind.get(kindId(kind))?.delete(key);
  }
}
