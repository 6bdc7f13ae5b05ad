import { messageOf } from './errors.js';

/**
 * Time as a dependency. Nothing outside this library and the composition roots reads the wall clock or sets a timer
 * (lint enforces it), so that a whole platform can run under virtual time.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch: the time of day, which may be set back or forward under a running process. */
  now(): number;
  /** Milliseconds since some moment: only for differences, which tell truly how much time has passed. It never jumps. */
  elapsed(): number;
  /** Calls `run` once after `ms` milliseconds, unless cancelled. */
  schedule(ms: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Resolves after `ms` milliseconds of `clock`; rejects with the signal's reason when it aborts first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(asError(signal.reason));
    const timer = clock.schedule(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = (): void => {
      timer.cancel();
      reject(asError(signal?.reason));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A point in time as RFC 3339 in UTC with seconds, the form of metav1.Time: `2026-01-02T03:04:05Z`. */
export function rfc3339(ms: number): string {
  if (ms !== last.ms) last = { ms, text: `${new Date(ms).toISOString().slice(0, 19)}Z` };
  return last.text;
}

/** What is done in one moment asks for the same text many times. */
let last = { ms: Number.NaN, text: '' };

/** A point in time with exactly six fractional digits, the form of metav1.MicroTime. */
export function rfc3339Micro(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule(ms, run) {
    const handle = setTimeout(run, Math.min(ms, 0x7fffffff));
    return { cancel: () => clearTimeout(handle) };
  },
};

/**
 * A clock that runs `factor` times faster than `base`, beginning at the base's present time.
 *
 * @param factor more than 0; 60 makes a minute of this clock last a second of `base`
 */
export function scaledClock(base: Clock, factor: number): Clock {
  if (!(factor > 0)) throw new RangeError(`clock factor must be more than 0, was ${factor}`);
  const origin = base.now();
  const begun = base.elapsed();
  return {
    now: () => origin + (base.now() - origin) * factor,
    elapsed: () => (base.elapsed() - begun) * factor,
    schedule: (ms, run) => base.schedule(ms / factor, run),
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(messageOf(reason ?? 'aborted'));
}
