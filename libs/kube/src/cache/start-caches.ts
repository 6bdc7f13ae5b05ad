import { setMaxListeners } from 'node:events';
import { apiVersionOf, type Kind, type KubeObject } from '@keelson/api';
import { type Clock, type Log, type Random, transient } from '@keelson/std';
import type { CacheSet, IndexFunction, KindCache } from '../cache.js';
import type { KubeApi } from '../port.js';
import { type ChangeType, Informer, type Part, type Selection } from './informer.js';
import { ObjectStore } from './object-store.js';

export interface CachesOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly kinds: readonly CachedKind[];
  /**
   * Called for every change of a cached object, after the cache has it; for what the first list holds too. `before` is
   * what was known of it, for DELETED the last state.
   */
  readonly onEvent?: (kind: Kind, type: ChangeType, object: KubeObject, before: KubeObject | undefined) => void;
  /** Gives up a start that waits for the API, and ends the caches later. */
  readonly signal?: AbortSignal;
}

export interface CachedKind extends Selection {
  readonly kind: Kind;
  /** Functions over the kind's own object type. */
  readonly indices?: Readonly<Record<string, IndexFunction<never>>>;
}

export interface Caches extends CacheSet {
  /** True once every kind was read whole. It stays true while the API is lost: see `lacks`. */
  synced(): boolean;
  /** What cannot be seen now, as a sentence for /readyz; undefined while everything is followed. */
  lacks(): string | undefined;
  stop(): Promise<void>;
}

/**
 * Starts one list and watch a kind (of a kind in some namespaces, one for each of them) and resolves when every kind was read whole, however long the API takes to answer.
 * From then on the caches follow by themselves, through every loss of the API, until they are stopped.
 *
 * @throws Failure transient, reason `CalledOff`, when the signal aborts before that
 */
export async function startCaches(options: CachesOptions): Promise<Caches> {
  const ending = new AbortController();
  // Every kind listens for the end.
  setMaxListeners(0, ending.signal);
  const onAbort = (): void => ending.abort(options.signal?.reason);
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const members = merged(options.kinds).map((cached) => memberFor(options, cached, ending.signal));
  const running = Promise.all(members.flatMap(({ informers }) => informers.map((informer) => informer.run())));
  const stop = async (): Promise<void> => {
    options.signal?.removeEventListener('abort', onAbort);
    ending.abort(new Error('the caches are stopping'));
    await running;
  };
  const synced = members.flatMap(({ informers }) => informers.map((informer) => informer.synced));
  await Promise.race([Promise.all(synced), running]);
  if (ending.signal.aborted) {
    await stop();
    throw transient('reading the caches for the first time was called off', { reason: 'CalledOff' });
  }
  return cacheSet(members, stop);
}

interface Member {
  readonly kind: Kind;
  readonly store: ObjectStore<KubeObject>;
  readonly informers: readonly Informer<KubeObject>[];
}

function memberFor(
  options: CachesOptions,
  { kind, indices = {}, ...selection }: CachedKind,
  signal: AbortSignal,
): Member {
  const { api, clock, random, log, onEvent } = options;
  // The kind's watch gives objects of the type that its index functions take.
  const store = new ObjectStore<KubeObject>(kind.kind, indices as Readonly<Record<string, IndexFunction<KubeObject>>>);
  const onChange = (type: ChangeType, object: KubeObject, before: KubeObject | undefined): void =>
    onEvent?.(kind, type, object, before);
  const informers = partsOf(kind, selection).map(
    (part) => new Informer({ api, kind, selection: part, store, clock, random, log, signal, onChange }),
  );
  return { kind, store, informers };
}

function partsOf({ scope }: Kind, { namespaces, ...rest }: Selection): readonly Part[] {
  if (namespaces === undefined || scope === 'Cluster') return [rest];
  return namespaces.map((namespace) => ({ namespace, ...rest }));
}

function cacheSet(members: readonly Member[], stop: () => Promise<void>): Caches {
  const byId = new Map(members.map((member) => [idOf(member.kind), member]));
  const informers = members.flatMap((member) => member.informers);
  // The same few declarations ask at every read.
  const byKind = new WeakMap<Kind, Member>();
  return {
    of<T extends KubeObject>(kind: Kind<T>): KindCache<T> {
      let member = byKind.get(kind);
      if (member === undefined) {
        member = byId.get(idOf(kind));
        if (member !== undefined) byKind.set(kind, member);
      }
      if (member === undefined) throw new RangeError(`${kind.kind} is not cached here: declare it as an input`);
      // The store holds what the kind's own watch gave.
      return member.store as unknown as KindCache<T>;
    },
    synced: () => informers.every(({ isSynced }) => isSynced),
    lacks: () => informers.map(({ lacks }) => lacks).find((text) => text !== undefined),
    stop,
  };
}

/** A kind that is named several times is cached once, with all its indices and in all namespaces that are named. */
function merged(kinds: readonly CachedKind[]): readonly CachedKind[] {
  const byKind = new Map<string, CachedKind>();
  for (const cached of kinds) {
    const id = idOf(cached.kind);
    const other = byKind.get(id);
    if (other !== undefined && !sameSelection(other, cached))
      throw new RangeError(`${cached.kind.kind} is to be cached in two selections; there is one cache a kind`);
    byKind.set(id, other === undefined ? cached : together(other, cached));
  }
  return [...byKind.values()];
}

function together({ namespaces: some, ...a }: CachedKind, { namespaces: others, ...b }: CachedKind): CachedKind {
  const indices = { ...a.indices, ...b.indices };
  if (some === undefined || others === undefined) return { ...b, indices };
  return { ...b, indices, namespaces: [...new Set([...some, ...others])] };
}

function sameSelection(a: Selection, b: Selection): boolean {
  return a.labelSelector === b.labelSelector && a.fieldSelector === b.fieldSelector;
}

function idOf(kind: Kind): string {
  return `${apiVersionOf(kind)}/${kind.kind}`;
}
