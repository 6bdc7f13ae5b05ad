/**
 * A watch as an async iterable for readers in the same process. The buffer is bounded: a reader that falls behind has its
 * watch ended, as a slow client of the network has, and lists again.
 */
export class EventQueue<E> implements AsyncIterableIterator<E> {
  readonly #limit: number;
  #events: E[] = [];
  #waiting: ((result: IteratorResult<E>) => void) | undefined;
  #onEnd: (() => void) | undefined;
  #ended = false;

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  /** Runs once when the reader stops or the watch ends; at once when that has happened. */
  onEnd(run: () => void): void {
    if (this.#ended) run();
    else this.#onEnd = run;
  }

  event(event: E): void {
    if (this.#ended) return;
    if (this.#waiting !== undefined) {
      const resolve = this.#waiting;
      this.#waiting = undefined;
      return resolve({ done: false, value: event });
    }
    this.#events.push(event);
    if (this.#events.length > this.#limit) this.end();
  }

  /** Lets the reader have what is buffered, then ends. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd?.();
    this.#waiting?.({ done: true, value: undefined });
    this.#waiting = undefined;
  }

  async next(): Promise<IteratorResult<E>> {
    const event = this.#events.shift();
    if (event !== undefined) return { done: false, value: event };
    if (this.#ended) return { done: true, value: undefined };
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  async return(): Promise<IteratorResult<E>> {
    this.#events = [];
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
