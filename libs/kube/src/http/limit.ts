import type { Clock, Timer } from '@keelson/std';

/** A deadline on a clock, joined with a caller's signal. Always `end` it: it holds a timer and a listener. */
export class Limit {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#controller.abort(this.#caller?.reason);
  #timer: Timer;
  #isOver = false;

  constructor(clock: Clock, ms: number, caller?: AbortSignal) {
    this.#clock = clock;
    this.#ms = ms;
    this.#caller = caller;
    this.#timer = clock.schedule(ms, () => this.#expire());
    if (caller?.aborted) this.#onAbort();
    else caller?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True when the time ran out, false when the caller called it off or it is not over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get ms(): number {
    return this.#ms;
  }

  /** Begins the whole span anew: something was heard. */
  extend(): void {
    this.#timer.cancel();
    this.#timer = this.#clock.schedule(this.#ms, () => this.#expire());
  }

  end(): void {
    this.#timer.cancel();
    this.#caller?.removeEventListener('abort', this.#onAbort);
  }

  #expire(): void {
    this.#isOver = true;
    this.#controller.abort(new Error(`nothing came within ${this.#ms} ms`));
  }
}
