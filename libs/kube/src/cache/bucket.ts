/** Things under keys that are listed in the order of their keys. The list is kept until something changes. */
export class Bucket<V> {
  readonly #values = new Map<string, V>();
  #sorted: readonly V[] | undefined;

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#values.keys();
  }

  set(key: string, value: V): void {
    this.#values.set(key, value);
    this.#sorted = undefined;
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#sorted = undefined;
  }

  list(): readonly V[] {
    this.#sorted ??= Object.freeze([...this.#values].sort(byKey).map(([, value]) => value));
    return this.#sorted;
  }
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}

/** Buckets that come with their first thing and go with their last. */
export class Buckets<V> {
  readonly #buckets = new Map<string, Bucket<V>>();

  list(name: string): readonly V[] {
    return this.#buckets.get(name)?.list() ?? none;
  }

  set(name: string, key: string, value: V): void {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) this.#buckets.set(name, (bucket = new Bucket()));
    bucket.set(key, value);
  }

  delete(name: string, key: string): void {
    const bucket = this.#buckets.get(name);
    bucket?.delete(key);
    if (bucket?.size === 0) this.#buckets.delete(name);
  }
}

const none: readonly never[] = Object.freeze([]);
