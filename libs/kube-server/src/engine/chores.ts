import { type Clock, type Log, messageOf, type Timer } from '@keelson/std';
import { ApiError } from '../status/status.js';

const retryAfterMs = 1000;

/**
 * Work that follows from commits: status of definitions, garbage, namespaces. Each piece looks at the state again when it
 * runs, so that a piece which comes late or twice does no harm; what fails because the storage is away is done again when
 * the state has been loaded anew.
 */
export class Chores {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timers = new Set<Timer>();
  #running = 0;
  #waiting: (() => void)[] = [];
  #isClosed = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Runs `work` in a turn of its own, after the commit that caused it has been answered. */
  run(doing: string, work: () => Promise<unknown>): void {
    if (this.#isClosed) return;
    this.#running += 1;
    void Promise.resolve()
      .then(work)
      .catch((error: unknown) => this.#failed(doing, work, error))
      .finally(() => this.#ended());
  }

  /** Resolves when nothing is left to do but what waits for its time. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Begins nothing new and forgets what waits; resolves when what runs has ended. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    return this.idle();
  }

  #failed(doing: string, work: () => Promise<unknown>, error: unknown): void {
    if (error instanceof ApiError && error.code === 429) return this.#later(doing, work);
    const isExpected = error instanceof ApiError && [404, 409, 500].includes(error.code);
    this.#log[isExpected ? 'debug' : 'warn'](`${doing} failed: ${messageOf(error)}`);
  }

  #later(doing: string, work: () => Promise<unknown>): void {
    if (this.#isClosed) return;
    const timer = this.#clock.schedule(retryAfterMs, () => {
      this.#timers.delete(timer);
      this.run(doing, work);
    });
    this.#timers.add(timer);
  }

  #ended(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
