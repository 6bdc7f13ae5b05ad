import type { Random } from './random.js';

export interface BackoffPolicy {
  readonly firstSeconds: number;
  readonly maxSeconds: number;
  readonly factor: number;
}

/** From 1 s doubling to 5 min: for calls to other systems. */
export const defaultBackoff: BackoffPolicy = { firstSeconds: 1, maxSeconds: 300, factor: 2 };

/**
 * Seconds to wait before the next try: exponential, with full jitter over the upper half, so that many failing objects
 * spread out and none waits less than half of its step.
 *
 * @param attempt 1 for the wait after the first failure
 */
export function backoffSeconds(policy: BackoffPolicy, attempt: number, random: Random): number {
  const step = Math.min(policy.maxSeconds, policy.firstSeconds * policy.factor ** Math.max(0, attempt - 1));
  return step / 2 + (step / 2) * random.next();
}
