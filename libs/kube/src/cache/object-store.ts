import type { KubeObject, ObjectKey } from '@keelson/api';
import type { IndexFunction, KindCache } from '../cache.js';
import { Bucket, Buckets } from './bucket.js';

interface Index<T> {
  readonly valuesOf: IndexFunction<T>;
  readonly buckets: Buckets<T>;
}

/** The objects of one kind, listed in the order of namespace and name, by namespace and by index. */
export class ObjectStore<T extends KubeObject> implements KindCache<T> {
  readonly #kindName: string;
  readonly #all = new Bucket<T>();
  readonly #namespaces = new Buckets<T>();
  readonly #indices: ReadonlyMap<string, Index<T>>;

  constructor(kindName: string, indices: Readonly<Record<string, IndexFunction<T>>>) {
    this.#kindName = kindName;
    this.#indices = new Map(
      Object.entries(indices).map(([name, valuesOf]) => [name, { valuesOf, buckets: new Buckets<T>() }]),
    );
  }

  get(key: ObjectKey): T | undefined {
    return this.#all.get(storeKey(key));
  }

  list(namespace?: string): readonly T[] {
    return namespace === undefined ? this.#all.list() : this.#namespaces.list(namespace);
  }

  /** @throws RangeError when no such index was declared */
  byIndex(index: string, value: string): readonly T[] {
    return this.#index(index).buckets.list(value);
  }

  /** Stores an object; gives the one it takes the place of. */
  put(object: T): T | undefined {
    const key = storeKey(object.metadata);
    const before = this.#all.get(key);
    if (before !== undefined) this.#unindex(key, before);
    this.#all.set(key, object);
    this.#namespaces.set(object.metadata.namespace ?? '', key, object);
    for (const { valuesOf, buckets } of this.#indices.values())
      for (const value of valuesOf(object)) buckets.set(value, key, object);
    return before;
  }

  /** Forgets an object; gives what was known of it. */
  remove(key: ObjectKey): T | undefined {
    const text = storeKey(key);
    const before = this.#all.get(text);
    if (before === undefined) return undefined;
    this.#unindex(text, before);
    this.#all.delete(text);
    this.#namespaces.delete(before.metadata.namespace ?? '', text);
    return before;
  }

  /** Objects that are none of `present`: of one namespace, or of all. */
  except(present: readonly T[], namespace?: string): readonly T[] {
    const kept = new Set(present.map((object) => storeKey(object.metadata)));
    return this.list(namespace).filter((object) => !kept.has(storeKey(object.metadata)));
  }

  #unindex(key: string, object: T): void {
    for (const { valuesOf, buckets } of this.#indices.values())
      for (const value of valuesOf(object)) buckets.delete(value, key);
  }

  #index(name: string): Index<T> {
    const index = this.#indices.get(name);
    if (index === undefined) throw new RangeError(`the cache of ${this.#kindName} has no index "${name}"`);
    return index;
  }
}

/** Sorts by namespace, then name: no name holds a NUL. */
function storeKey({ namespace = '', name }: ObjectKey): string {
  return `${namespace}\0${name}`;
}
