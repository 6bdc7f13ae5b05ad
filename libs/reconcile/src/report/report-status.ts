import { type Kind, type KubeObject, keyOf } from '@keelson/api';
import { equalJson, type Failure, isFailure, transient } from '@keelson/std';
import { sortedFailure } from '../pass/apply-steps.js';
import type { Memory } from '../pass/memory.js';
import type { PassKit } from '../pass/pass.js';
import type { Outcome, PlanResult, Step } from '../plan.js';
import type { Holds, Machine } from '../reconciler.js';
import { deadlineOf, progressFor, progressOf } from './progress.js';
import { differs, type LastStatus, shows, statusApply, statusOf, type StatusToWrite } from './status-write.js';

/** At most one write a second per object, unless its state changes or something was done. Milliseconds. */
const betweenWritesMs = 1_000;
/** Passes in a row that count as one movement. */
const passingSpins = 5;

export interface StatusInput {
  readonly object: KubeObject;
  /** The pass let the object go: there is nothing to write to. */
  readonly isGone: boolean;
  readonly memory: Memory;
  /** The reconciler's status; undefined leaves it alone. */
  readonly wanted: () => object | undefined;
  readonly result: PlanResult<Step>;
}

export interface StatusReport {
  readonly isWritten: boolean;
  readonly deadlineAt?: number | undefined;
  /** Held back, to be looked at again after so long. */
  readonly afterMs?: number | undefined;
  readonly failure?: Failure;
}

/** Writes the status, with progress for kinds with a machine, when it differs from what the object shows. */
export async function writeStatus(kit: PassKit, input: StatusInput): Promise<StatusReport> {
  const { object, memory, isGone } = input;
  if (isGone) return { isWritten: false };
  try {
    const given = input.wanted();
    if (given === undefined) return { isWritten: false, deadlineAt: deadlineOf(progressOf(object)) };
    const next = completed(kit, input, given);
    if (!differs(next.wanted, object, memory.status)) {
      memory.wordsWaitSince = undefined;
      return { isWritten: false, deadlineAt: next.deadlineAt };
    }
    if (isPassing(input, given, next)) return { isWritten: false, deadlineAt: next.deadlineAt };
    const afterMs = heldBackMs(kit, input, next);
    if (afterMs > 0) return { isWritten: false, deadlineAt: next.deadlineAt, afterMs };
    await write(kit, object, memory, {
      uid: object.metadata.uid,
      given,
      wanted: next.wanted,
      state: next.state,
      why: whyOf(input.result),
      outcome: input.result.outcome.type,
    });
    return { isWritten: true, deadlineAt: next.deadlineAt };
  } catch (error) {
    // Gone while we looked: there is nobody left to tell.
    if (isFailure(error, 'notFound')) return { isWritten: false };
    if (isFailure(error) && error.sort !== 'transient') memory.unwritten = undefined;
    return { isWritten: false, failure: sortedFailure(error) };
  }
}

interface Completed {
  readonly wanted: object;
  readonly state: string | undefined;
  readonly isNewState: boolean;
  readonly deadlineAt: number | undefined;
}

function completed(kit: PassKit, { object, memory, result }: StatusInput, given: object): Completed {
  const { machine } = kit.reconciler;
  if (machine === undefined) return { wanted: given, state: undefined, isNewState: false, deadlineAt: undefined };
  const future: KubeObject & { status: object } = { ...object, status: given };
  const state = machine.stateOf(future);
  const fault = faultOf(machine, { object, state, result });
  if (fault !== undefined && fault !== memory.fault) kit.onFault(`${kit.reconciler.name}: ${fault}`);
  memory.fault = fault;
  const before = progressOf(object);
  const outcome = toldOutcome(kit, object, result.outcome);
  const renewedAt = machine.renewedAt?.(future);
  const progress = progressFor({ machine, state, before, outcome, now: result.now, renewedAt });
  return {
    wanted: { ...given, progress },
    state,
    isNewState: before?.state !== state,
    deadlineAt: deadlineOf(progress),
  };
}

/** The outcome of the pass, and what holds the object by other reconcilers of its kind. */
function toldOutcome({ heldBeside }: PassKit, object: KubeObject, outcome: Outcome): Outcome {
  if (heldBeside === undefined || outcome.type === 'progressing') return outcome;
  const by = (as: Holds): Outcome | undefined => heldBeside(keyOf(object), as);
  if (outcome.type === 'settled') return withAlso(by('first') ?? by('last') ?? outcome, by('also'));
  return withAlso(outcome.type === 'blocked' ? outcome : (by('first') ?? outcome), by('also'));
}

/** One that holds the object as well is not forgotten over the first. */
function withAlso(outcome: Outcome, also: Outcome | undefined): Outcome {
  if (also === undefined || !('on' in also)) return outcome;
  return 'on' in outcome ? { ...outcome, message: `${outcome.message}; besides, ${also.message}` } : also;
}

/** What the state table forbids, as a sentence. Of an object that is being deleted others may hold what is left. */
function faultOf(
  machine: Machine<KubeObject>,
  { object, state, result }: Pick<StatusInput, 'object' | 'result'> & { readonly state: string },
): string | undefined {
  const { states } = machine.table;
  const from = machine.stateOf(object);
  const what = `${object.kind} ${object.metadata.name}`;
  if (from !== state && states[from]?.to.includes(state) !== true)
    return `${what} goes from "${from}" to "${state}", which its state table forbids`;
  const isHeld = object.metadata.deletionTimestamp !== undefined;
  if (result.outcome.type !== 'settled' || isHeld || states[state]?.rest === true) return undefined;
  return `${what} is settled in the state "${state}", which is none of rest: nothing is waited for`;
}

/**
 * Only the reason of a wait would change, and the object is looked at again at once: the next pass says what stands. When
 * one pass follows the other for long it is said all the same.
 */
function isPassing({ object, memory, result }: StatusInput, given: object, { isNewState }: Completed): boolean {
  const { status, spins } = memory;
  if (result.outcome.type !== 'progressing' || isNewState || status === undefined || spins >= passingSpins)
    return false;
  return status.uid === object.metadata.uid && equalJson(given, status.given) && shows(statusOf(object), given);
}

/** What was done must be written down now; else there is a write a second, and words wait for as long as they may. */
function heldBackMs(kit: PassKit, input: StatusInput, next: Completed): number {
  const { memory, result } = input;
  if (memory.status === undefined || next.isNewState || result.done.length > 0 || result.outcome.type === 'progressing')
    return 0;
  const elapsed = kit.clock.elapsed();
  const until = memory.status.at + betweenWritesMs;
  if (!isWording(kit, input, next, memory.status)) return until - elapsed;
  memory.wordsWaitSince ??= elapsed;
  return Math.max(until, memory.wordsWaitSince + (kit.reconciler.coalesce?.withinSeconds ?? 0) * 1000) - elapsed;
}

function isWording(
  { reconciler }: PassKit,
  { object, result }: StatusInput,
  next: Completed,
  last: LastStatus,
): boolean {
  const { coalesce, machine } = reconciler;
  const shown = statusOf(object);
  if (coalesce === undefined || shown === undefined || result.failed !== undefined) return false;
  // A status without progress tells no outcome but what it says itself.
  const { type } = result.outcome;
  if (type === 'blocked' || (machine !== undefined && type !== last.outcome)) return false;
  return coalesce.isWording(shown, next.wanted);
}

async function write(kit: PassKit, object: KubeObject, memory: Memory, status: StatusToWrite): Promise<void> {
  const { reconciler, api, scope, written, metrics, expectations, clock } = kit;
  const { uid, given, wanted, state, why, outcome } = status;
  if (!kit.mayWrite())
    throw transient(`${reconciler.name} is no longer the leader and writes nothing`, { reason: 'NotLeader' });
  scope.mustWrite(reconciler.kind, 'status');
  if (state !== undefined && uid !== undefined) expectations.expect(uid, state, why);
  metrics.apiWrite(reconciler.name, 'status', reconciler.kind.kind);
  metrics.statusWrite(reconciler.name);
  const kind: Kind = reconciler.kind;
  memory.unwritten = status;
  const answer = await api.apply(statusApply(kind, object, wanted), {
    fieldManager: reconciler.name,
    subresource: 'status',
    force: true,
  });
  memory.unwritten = undefined;
  memory.wordsWaitSince = undefined;
  written.wrote(kind, answer, reconciler.name);
  const { resourceVersion } = answer.metadata;
  memory.status = { given, wanted, uid, resourceVersion, at: clock.elapsed(), outcome };
}

/**
 * Writes what the last pass could not: it may hold what was done, and a state that would else be left out. What the server
 * refuses for good is dropped, for the next pass has something better to say.
 *
 * @returns the failure when it must be tried again
 */
export async function writeUnwritten(kit: PassKit, object: KubeObject, memory: Memory): Promise<Failure | undefined> {
  const { unwritten } = memory;
  if (unwritten === undefined) return undefined;
  memory.unwritten = undefined;
  if (unwritten.uid !== object.metadata.uid) return undefined;
  try {
    await write(kit, object, memory, unwritten);
    return undefined;
  } catch (error) {
    const failure = sortedFailure(error);
    if (failure.sort !== 'transient') memory.unwritten = undefined;
    return failure.sort === 'transient' ? failure : undefined;
  }
}

/** Why the state changes: the plan's own words, else those of the failure or the outcome. */
function whyOf({ plan, failed, outcome }: PlanResult<Step>): string | undefined {
  return plan.why ?? failed?.failure.message ?? (outcome.type === 'settled' ? undefined : outcome.message);
}
