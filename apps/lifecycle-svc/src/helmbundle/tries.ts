import type { ObjectKey } from '@keelson/api';
import { keyText } from '@keelson/api';
import { type Clock, Failure, type Random, backoffSeconds, transient } from '@keelson/std';

/** The last try of a release that failed. */
export interface Try {
  /** Of the release as it was tried. */
  readonly hash: string;
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly retryAt: number;
  /** Only another release or a person can help; it is tried again now and then, for the cure may be outside. */
  readonly isBlocked: boolean;
  readonly reason: string;
  readonly message: string;
}

const backoff = { firstSeconds: 10, maxSeconds: 600, factor: 2 };
const blockedSeconds = 600;

/**
 * How the releases of each bundle failed last, so that one that cannot be installed holds up only those that require it. A process that dies
 * forgets it and tries again.
 */
export class Tries {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #failed = new Map<string, Try>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  of(bundle: ObjectKey, release: string): Try | undefined {
    return this.#failed.get(idOf(bundle, release));
  }

  /** Runs a try, and keeps how it failed: that is told by the status, not thrown. */
  async keep(
    bundle: ObjectKey,
    { name, hash }: { name: string; hash: string },
    run: () => Promise<void>,
  ): Promise<void> {
    const id = idOf(bundle, name);
    try {
      await run();
      this.#failed.delete(id);
    } catch (error) {
      const failure =
        error instanceof Failure ? error : transient(String(error), { cause: error, reason: 'InternalError' });
      const before = this.#failed.get(id);
      const attempt = before?.hash === hash ? before.attempt + 1 : 1;
      const at = this.#clock.now();
      const isBlocked = failure.sort === 'terminal';
      const seconds = isBlocked ? blockedSeconds : backoffSeconds(backoff, attempt, this.#random);
      const { reason, message } = failure;
      this.#failed.set(id, { hash, attempt, at, retryAt: at + seconds * 1000, isBlocked, reason, message });
    }
  }
}

function idOf(bundle: ObjectKey, release: string): string {
  return `${keyText(bundle)}/${release}`;
}
