import { type BackoffPolicy, type Clock, transient } from '@keelson/std';

/** When a message whose handler failed comes again. */
export const redeliveryBackoff: BackoffPolicy = { firstSeconds: 1, maxSeconds: 60, factor: 2 };

/** A handler that has not returned after this long has failed; the message comes again. Milliseconds. */
export const handlerTimeoutMs = 300_000;

/** How long `stop` and `close` wait for handlers at work. Milliseconds. */
export const drainTimeoutMs = 20_000;

/** Handlers of one subscription at work at once. */
export const defaultConcurrency = 8;

/** Requests of one subject in work at once; more are refused with reason `Busy`. */
export const requestsInFlight = 64;

/**
 * The result of `work`, if it comes in time.
 *
 * @throws Failure transient, reason `Timeout`, after `ms`; the work itself goes on unheard
 */
export function inTime<A>(clock: Clock, ms: number, what: string, work: Promise<A>): Promise<A> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(ms, () =>
      reject(transient(`${what} took longer than ${ms} ms`, { reason: 'Timeout' })),
    );
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** A message that a consumer gave up. */
export interface DeadLetter {
  /** Id of the message. */
  readonly id: string;
  readonly durable: string;
  readonly subject: string;
  /** Why: a PascalCase word, then a sentence. */
  readonly reason: string;
  readonly message: string;
  readonly deliveries: number;
  /** The payload as it came. */
  readonly payload: string;
}

/** The subject of a consumer's dead letters. */
export function deadLetterSubject(durable: string): string {
  return `deadletter.${durable}`;
}
