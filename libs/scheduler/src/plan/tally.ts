/** Names by a key: which machines disturb which zone. A key without names does not count. */
export class Tally {
  readonly #names = new Map<string, Set<string>>();

  get size(): number {
    return this.#names.size;
  }

  add(key: string, name: string): void {
    const names = this.#names.get(key) ?? new Set();
    names.add(name);
    this.#names.set(key, names);
  }

  remove(key: string, name: string): void {
    const names = this.#names.get(key);
    names?.delete(name);
    if (names?.size === 0) this.#names.delete(key);
  }

  has(key: string): boolean {
    return this.#names.has(key);
  }

  count(key: string): number {
    return this.#names.get(key)?.size ?? 0;
  }

  of(key: string): readonly string[] {
    return [...(this.#names.get(key) ?? [])];
  }

  keys(): readonly string[] {
    return [...this.#names.keys()];
  }

  all(): readonly string[] {
    return [...this.#names.values()].flatMap((names) => [...names]);
  }
}
