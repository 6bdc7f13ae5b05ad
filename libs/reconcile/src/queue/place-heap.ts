/** A key's place in line. */
export interface Place {
  readonly key: string;
  /** Of its priority; less comes first. */
  readonly rank: number;
  /** Among equals of rank: less comes first. */
  readonly order: string;
  /** Breaks ties: first come, first served. */
  readonly sequence: number;
  readonly readyAt: number;
}

/** A binary heap of places. Those that became void stay until they come up: whoever pops checks. */
export class PlaceHeap {
  readonly #places: Place[] = [];

  push(place: Place): void {
    let at = this.#places.push(place) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapped(at, parent)) return;
      at = parent;
    }
  }

  pop(): Place | undefined {
    const first = this.#places[0];
    const last = this.#places.pop();
    if (last === undefined || this.#places.length === 0) return first;
    this.#places[0] = last;
    this.#sink();
    return first;
  }

  #sink(): void {
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      if (left >= this.#places.length) return;
      const [a, b] = [this.#places[left], this.#places[right]];
      const least = a !== undefined && b !== undefined && comesBefore(b, a) ? right : left;
      if (!this.#swapped(least, at)) return;
      at = least;
    }
  }

  /** Exchanges the place at `lower` with that at `upper` when it comes before it. */
  #swapped(lower: number, upper: number): boolean {
    const [a, b] = [this.#places[lower], this.#places[upper]];
    if (a === undefined || b === undefined || !comesBefore(a, b)) return false;
    this.#places[lower] = b;
    this.#places[upper] = a;
    return true;
  }
}

function comesBefore(a: Place, b: Place): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank;
  if (a.order !== b.order) return a.order < b.order;
  return a.sequence < b.sequence;
}
