import { type BackoffPolicy, backoffSeconds, type Random } from '@keelson/std';
import type { Priority } from '../queue/work-queue.js';
import type { Memory } from './memory.js';
import { conflictBackoff } from './outcome-of.js';
import type { AnyPass, PassReport } from './pass.js';

/** When an object is looked at again. */
export interface NextLook {
  readonly afterMs: number;
  readonly priority: Priority;
}

/** Passes that change nothing and still want to go on, and those that never come to rest, are slowed down. */
const spinBackoff: BackoffPolicy = { firstSeconds: 0.2, maxSeconds: 30, factor: 2 };
const freeSpins = 25;

export interface ScheduleInput {
  readonly report: PassReport;
  readonly reconciler: Pick<AnyPass, 'resyncSeconds' | 'polls'>;
  /** After this pass was counted in. */
  readonly memory: Memory;
  readonly random: Random;
  readonly now: number;
}

/** When to look again, in any case: by the outcome, and no later than the deadline of the object's state. */
export function nextLook(input: ScheduleInput): NextLook | undefined {
  const { report, now } = input;
  if (report.end === 'gone') return undefined;
  const look = byOutcome(input);
  const untilDeadline = report.deadlineAt === undefined ? 0 : report.deadlineAt - now;
  const afterMs = Math.min(
    look.afterMs,
    untilDeadline > 0 ? untilDeadline : Number.POSITIVE_INFINITY,
    report.statusAfterMs ?? Number.POSITIVE_INFINITY,
  );
  // Rounded up: a clock may stand between two milliseconds, and less than the time to a deadline is none at all.
  return {
    afterMs: Math.max(0, Math.ceil(afterMs - 1e-6)),
    priority: afterMs < look.afterMs ? 'progress' : look.priority,
  };
}

function byOutcome({ report, reconciler, memory, random }: ScheduleInput): NextLook {
  const { end, outcome, isChanged } = report;
  if (end === 'conflict') return retry(backoffSeconds(conflictBackoff, memory.conflicts, random));
  if (end === 'failed') return retry(secondsToRetry(report, memory, random));
  if (end === 'progressing') {
    const spins = isChanged ? memory.spins - freeSpins : memory.idleSpins;
    return { afterMs: spins <= 0 ? 0 : backoffSeconds(spinBackoff, spins, random) * 1000, priority: 'progress' };
  }
  // Who is blocked is not polled: a BMC that refuses a password may lock the account at the next try.
  const period = periodMs(end === 'blocked' ? { resyncSeconds: reconciler.resyncSeconds } : reconciler, random);
  const isIdle = outcome?.type === 'settled' || outcome?.type === 'waiting';
  const seconds = isIdle ? outcome.recheckAfterSeconds : undefined;
  const afterMs = seconds === undefined ? period : Math.max(seconds * 1000, shortestRecheckMs);
  return { afterMs, priority: outcome?.type === 'waiting' ? 'progress' : 'resync' };
}

/** A recheck at once would be a busy loop. */
const shortestRecheckMs = 50;

function secondsToRetry({ outcome, failure }: PassReport, memory: Memory, random: Random): number {
  if (failure?.retryAfterSeconds !== undefined) return failure.retryAfterSeconds;
  if (outcome?.type === 'waiting' && outcome.recheckAfterSeconds !== undefined) return outcome.recheckAfterSeconds;
  return backoffSeconds({ firstSeconds: 1, maxSeconds: 300, factor: 2 }, memory.failures, random);
}

function retry(seconds: number): NextLook {
  return { afterMs: seconds * 1000, priority: 'retry' };
}

/** The resync period or the shortest poll, give or take a tenth, so that a thousand objects spread out. */
function periodMs({ resyncSeconds, polls = [] }: ScheduleInput['reconciler'], random: Random): number {
  const seconds = Math.min(resyncSeconds, ...polls.map(({ everySeconds }) => everySeconds));
  return seconds * 1000 * (0.9 + 0.2 * random.next());
}
