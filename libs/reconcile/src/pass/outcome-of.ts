import type { Reference } from '@keelson/api';
import { type BackoffPolicy, backoffSeconds, defaultBackoff, type Failure, type Random } from '@keelson/std';
import { blockedBy, type Outcome, progressing, waitingOn } from '../plan.js';

/** Conflicts are retried quietly and soon: the cache has the newer version by then. */
export const conflictBackoff: BackoffPolicy = { firstSeconds: 0.05, maxSeconds: 2, factor: 2 };
/** After so many conflicts in a row something else is wrong, and it is shown. */
export const quietConflicts = 6;

export interface FailureContext {
  readonly failure: Failure;
  /** Who it waits on by the plan, or the object itself. */
  readonly on: Reference;
  /** Failed passes in a row, this one included. */
  readonly attempt: number;
  readonly conflicts: number;
  readonly random: Random;
}

/** True when the world had moved on since it was observed: looking again is all it takes. */
export function isStale(failure: Failure): boolean {
  return failure.sort === 'conflict' || failure.sort === 'notFound';
}

/** What a failure makes of a pass: transient waits with backoff, terminal blocks, a stale world is looked at again. */
export function outcomeOfFailure({ failure, on, attempt, conflicts, random }: FailureContext): Outcome {
  if (failure.sort === 'terminal') return blockedBy(on, failure.reason, failure.message);
  if (isStale(failure) && conflicts <= quietConflicts) return progressing();
  return waitingOn(
    on,
    failure.reason,
    failure.message,
    failure.retryAfterSeconds ?? backoffSeconds(defaultBackoff, attempt, random),
  );
}
