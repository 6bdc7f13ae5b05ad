import { setMaxListeners } from 'node:events';
import { type Kind, type KubeObject, keyOf, keyText } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { messageOf } from '@keelson/std';

/** What the mirror saw of one write. */
export interface Seen {
  readonly kind: string;
  readonly key: string;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

/**
 * An outside observer's copy of the API, kept by watches, one a kind, as any client keeps it. Checks on the way that
 * revisions of each kind only rise: a watch that repeats or goes back is a violation of its own.
 */
export class Mirror {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #revisions = new Map<string, bigint>();
  readonly #abort = new AbortController();
  readonly #onSeen: (seen: Seen) => void;
  readonly #onBroken: (what: string) => void;

  constructor(onSeen: (seen: Seen) => void, onBroken: (what: string) => void) {
    this.#onSeen = onSeen;
    this.#onBroken = onBroken;
    // One watch a kind.
    setMaxListeners(0, this.#abort.signal);
  }

  /** Lists and begins to watch each kind. */
  async start(api: Pick<KubeApi, 'list' | 'watch'>, kinds: readonly Kind[]): Promise<void> {
    for (const kind of kinds) {
      const { items, resourceVersion } = await api.list(kind);
      this.#objects.set(kind.kind, new Map(items.map((item) => [keyText(keyOf(item)), item])));
      this.#revisions.set(kind.kind, BigInt(resourceVersion));
      void this.#follow(api, kind, resourceVersion);
    }
  }

  stop(): void {
    this.#abort.abort();
  }

  all<T extends KubeObject>(kind: Kind<T>): IterableIterator<T> {
    return (this.#objects.get(kind.kind)?.values() ?? [].values()) as IterableIterator<T>;
  }

  get<T extends KubeObject>(kind: Kind<T>, key: string): T | undefined {
    return this.#objects.get(kind.kind)?.get(key) as T | undefined;
  }

  async #follow(api: Pick<KubeApi, 'watch'>, kind: Kind, resourceVersion: string): Promise<void> {
    try {
      for await (const event of api.watch(kind, { resourceVersion, signal: this.#abort.signal })) {
        if (event.type !== 'BOOKMARK') this.#take(kind.kind, event.type, event.object);
      }
      if (!this.#abort.signal.aborted) this.#onBroken(`the watch of ${kind.plural} ended by itself`);
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#onBroken(`the watch of ${kind.plural} broke: ${messageOf(error)}`);
    }
  }

  #take(kind: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    const revision = BigInt(object.metadata.resourceVersion ?? '0');
    const last = this.#revisions.get(kind) ?? 0n;
    const key = keyText(keyOf(object));
    if (revision <= last) this.#onBroken(`${kind} ${key} came with revision ${revision} after ${last}`);
    this.#revisions.set(kind, revision);
    const objects = this.#objects.get(kind);
    const before = objects?.get(key);
    if (type === 'ADDED' && before !== undefined) this.#onBroken(`${kind} ${key} was added twice`);
    if (type !== 'ADDED' && before === undefined)
      this.#onBroken(`${kind} ${key} was ${type.toLowerCase()} without having been added`);
    if (type === 'DELETED') objects?.delete(key);
    else objects?.set(key, object);
    this.#onSeen({ kind, key, before, after: type === 'DELETED' ? undefined : object });
  }
}
