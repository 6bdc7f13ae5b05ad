import type { Stored } from './stored.js';

/** Orders keys by namespace, then name, in byte order: NUL sorts below every character of a name. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}\0${name}`;
}

/** The objects of one resource at one point in time. */
export class ResourceView {
  readonly #objects = new Map<string, Stored>();
  /** Keys in order, once somebody has asked for them; kept in order from then on. */
  #sorted: string[] | undefined;

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): Stored | undefined {
    return this.#objects.get(key);
  }

  put(key: string, object: Stored): void {
    if (this.#sorted !== undefined && !this.#objects.has(key))
      this.#sorted.splice(firstAtLeast(this.#sorted, key), 0, key);
    this.#objects.set(key, object);
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#sorted?.splice(firstAtLeast(this.#sorted, key), 1);
  }

  /** Keys in list order; of one namespace when it is given. Read them at once: they follow later writes. */
  keys(namespace?: string): readonly string[] {
    this.#sorted ??= [...this.#objects.keys()].sort();
    if (namespace === undefined) return this.#sorted;
    const from = firstAtLeast(this.#sorted, `${namespace}\0`);
    return this.#sorted.slice(from, firstAtLeast(this.#sorted, `${namespace}\x01`));
  }

  /** Objects in list order; of one namespace when it is given. */
  list(namespace?: string): Stored[] {
    return this.keys(namespace).map((key) => this.#objects.get(key) as Stored);
  }

  copy(): ResourceView {
    const copy = new ResourceView();
    for (const [key, object] of this.#objects) copy.#objects.set(key, object);
    return copy;
  }
}

/** The index of the first of sorted `keys` that is not below `bound`. */
export function firstAtLeast(keys: readonly string[], bound: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
