import type { KubeObject, Progress, Reference } from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import type { Outcome } from '../plan.js';
import type { Machine } from '../reconciler.js';
import type { State } from '../states.js';

/** The progress block that an object shows now; undefined when it has none. */
export function progressOf(object: KubeObject): Progress | undefined {
  const status: unknown = 'status' in object ? object.status : undefined;
  if (typeof status !== 'object' || status === null || !('progress' in status)) return undefined;
  const { progress } = status;
  return typeof progress === 'object' && progress !== null && 'state' in progress ? (progress as Progress) : undefined;
}

/** When the state must be given up, in milliseconds since the epoch; undefined in a state of rest. */
export function deadlineOf(progress: Progress | undefined): number | undefined {
  return progress?.deadline === undefined ? undefined : Date.parse(progress.deadline);
}

export interface ProgressInput {
  readonly machine: Machine<KubeObject>;
  /** The state the object is in with the status about to be written. */
  readonly state: string;
  /** The block it shows so far. */
  readonly before: Progress | undefined;
  readonly outcome: Outcome;
  readonly now: number;
  /** When the object last got on in this state; milliseconds since the epoch. */
  readonly renewedAt?: number | undefined;
}

/**
 * The law of termination, as members of the status: what state, since when, until when at the latest, what must move next
 * and how it is given up. `since` stays while the state does, in a state of rest that may be held while the reason does too;
 * states of rest carry no deadline.
 */
export function progressFor({ machine, state, before, outcome, now, renewedAt }: ProgressInput): Progress {
  const declared: State | undefined = machine.table.states[state];
  const stands = standing(outcome);
  const isSame = before?.state === state && (!mayBeHeld(declared) || before.reason === stands.reason);
  const since = isSame ? before.since : rfc3339(now);
  if (declared === undefined || declared.rest === true) return { state, since, ...stands };
  const from = Math.max(Date.parse(since), renewedAt ?? 0);
  const deadline = rfc3339(from + declared.deadlineSeconds * 1000);
  const isOverdue = now >= Date.parse(deadline) && stands.reason === undefined;
  return {
    state,
    since,
    deadline,
    ...(isOverdue ? overdue(state, declared.onDeadline) : stands),
    abort: declared.abort,
  };
}

/** Of a rest that something may hold up what matters is since when it does. */
function mayBeHeld(declared: State | undefined): boolean {
  return declared?.rest === true && declared.held !== undefined;
}

function standing(outcome: Outcome): { waitingOn?: Reference; reason?: string; message?: string } {
  if (outcome.type === 'waiting' || outcome.type === 'blocked')
    return { waitingOn: outcome.on, reason: outcome.reason, message: outcome.message };
  return outcome.type === 'progressing' && outcome.message !== undefined ? { message: outcome.message } : {};
}

function overdue(state: string, onDeadline: string): { reason: string; message: string } {
  return {
    reason: 'DeadlinePassed',
    message: `The state ${state} has lasted past its deadline. What follows: ${onDeadline}`,
  };
}
