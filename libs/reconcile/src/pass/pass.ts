import type { KubeObject, ObjectKey, Reference } from '@keelson/api';
import type { CacheSet, KubeApi } from '@keelson/kube';
import type { Clock, Failure, Log, Random } from '@keelson/std';
import type { PassEnd, ReconcileMetrics } from '../metrics.js';
import type { Outcome, Plan, PlanResult, Step } from '../plan.js';
import type { Holds, Reconciler } from '../reconciler.js';
import type { Announcer } from '../report/announcer.js';
import { deadlineOf, progressOf } from '../report/progress.js';
import { writeStatus, writeUnwritten } from '../report/report-status.js';
import type { Expectations } from '../records/expectations.js';
import { apiWriter } from './api-writer.js';
import { applySteps, sortedFailure } from './apply-steps.js';
import { cacheReader } from './cache-reader.js';
import type { Memory } from './memory.js';
import { isStale, outcomeOfFailure } from './outcome-of.js';
import type { OwnWrites } from './own-writes.js';
import type { Scope } from './scope.js';

/** A reconciler as the kit runs it: over any object, world and steps. */
export type AnyPass = Reconciler<KubeObject & { readonly status?: object }, unknown, Step>;

/** All that passes of one reconciler work with. */
export interface PassKit {
  readonly reconciler: AnyPass;
  readonly scope: Scope;
  readonly api: KubeApi;
  readonly caches: CacheSet;
  readonly written: OwnWrites;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: ReconcileMetrics;
  readonly announcer: Announcer;
  readonly expectations: Expectations;
  readonly mayWrite: () => boolean;
  /** Told what the state table of the kind forbids, once for each object and state. */
  readonly onFault: (fault: string) => void;
  /** What holds an object by the last passes of the other reconcilers of its kind that declare so. */
  readonly heldBeside?: (key: ObjectKey, as: Holds) => Outcome | undefined;
  /** Told when what holds an object by this reconciler has changed. */
  readonly onHold?: (key: ObjectKey) => void;
}

/** How a pass went, for the one who decides when to look again. */
export interface PassReport {
  readonly end: PassEnd;
  readonly outcome?: Outcome;
  readonly failure?: Failure;
  /** Steps were done or the status was written. */
  readonly isChanged: boolean;
  /** When the state of the object must be given up. Milliseconds since the epoch. */
  readonly deadlineAt?: number | undefined;
  /** The status was held back: look again after so long. */
  readonly statusAfterMs?: number | undefined;
}

/** Observe, plan, apply, report: once, for one object. Never throws. */
export async function runPass(kit: PassKit, key: ObjectKey, memory: Memory): Promise<PassReport> {
  const now = kit.clock.now();
  const reader = cacheReader(kit.caches, kit.written, kit.scope, now);
  const found = reader.get(kit.reconciler.kind, key);
  if (found === undefined) return { end: 'gone', isChanged: false };
  const unwritten = await writeUnwritten(kit, found, memory);
  if (unwritten !== undefined)
    return { end: 'failed', isChanged: false, failure: unwritten, deadlineAt: deadlineOf(progressOf(found)) };
  const object = reader.get(kit.reconciler.kind, key) ?? found;
  let world: unknown;
  let plan: Plan<Step>;
  try {
    world = await kit.reconciler.observe(reader, object);
    plan = kit.reconciler.plan(world);
  } catch (error) {
    return unobserved(kit, { object, memory, now, failure: sortedFailure(error) });
  }
  const writer = apiWriter({ ...kit, known: reader });
  const applied = await applySteps(kit.reconciler.steps, plan.steps, writer);
  const outcome =
    applied.failed === undefined
      ? plan.outcome
      : afterFailure(kit, memory, onOf(plan.outcome, object), applied.failed.failure);
  const result: PlanResult<Step> = {
    plan,
    ...applied,
    outcome,
    attempt: applied.failed === undefined ? 0 : memory.failures + 1,
    now,
  };
  return finish(kit, { object, memory, world, result });
}

interface Finish {
  readonly object: KubeObject;
  readonly memory: Memory;
  readonly world: unknown;
  readonly result: PlanResult<Step>;
}

/** The report: status, then Events. A world that had moved on before anything was done is not worth reporting. */
async function finish(kit: PassKit, { object, memory, world, result }: Finish): Promise<PassReport> {
  const { outcome, failed, done } = result;
  const failure = failed?.failure;
  if (failure !== undefined && isStale(failure) && outcome.type === 'progressing' && done.length === 0)
    return { end: 'conflict', isChanged: false, failure };
  const current = kit.written.latest(
    kit.reconciler.kind,
    { namespace: object.metadata.namespace, name: object.metadata.name },
    kit.caches.of(kit.reconciler.kind).get(object.metadata),
  );
  const status = await writeStatus(kit, {
    object: current ?? object,
    isGone: current === undefined,
    memory,
    wanted: () => kit.reconciler.status(world, result),
    result,
  });
  const isChanged = done.length > 0 || status.isWritten;
  const common = { outcome, isChanged, deadlineAt: status.deadlineAt, statusAfterMs: status.afterMs };
  if (status.failure !== undefined)
    return { ...common, end: isStale(status.failure) ? 'conflict' : 'failed', failure: status.failure };
  announce(kit, object, world, result);
  if (failure === undefined) return { ...common, end: outcome.type };
  return { ...common, end: endOf(failure, outcome), failure };
}

function endOf(failure: Failure, outcome: Outcome): PassEnd {
  if (outcome.type === 'progressing') return 'conflict';
  return failure.sort === 'terminal' ? 'blocked' : 'failed';
}

function announce(kit: PassKit, object: KubeObject, world: unknown, result: PlanResult<Step>): void {
  try {
    if (kit.reconciler.events !== undefined)
      kit.announcer.announce(kit.reconciler.name, object, kit.reconciler.events(world, result));
  } catch (error) {
    kit.log.error(`${kit.reconciler.name} could not word its Events`, { error });
  }
}

function afterFailure(kit: PassKit, memory: Memory, on: Reference, failure: Failure): Outcome {
  return outcomeOfFailure({
    failure,
    on,
    attempt: memory.failures + 1,
    conflicts: memory.conflicts + 1,
    random: kit.random,
  });
}

interface Unobserved {
  readonly object: KubeObject;
  readonly memory: Memory;
  readonly now: number;
  readonly failure: Failure;
}

/**
 * Without a world there is no status to compute. When it lasts, the block of progress alone is brought up to date in what
 * was last written, so that even then nothing waits in silence.
 */
async function unobserved(kit: PassKit, { object, memory, now, failure }: Unobserved): Promise<PassReport> {
  const outcome = afterFailure(kit, memory, selfOf(object), failure);
  if (outcome.type === 'progressing') return { end: 'conflict', isChanged: false, failure };
  const last = memory.status;
  const deadlineAt = deadlineOf(progressOf(object));
  const end = endOf(failure, outcome);
  if (last === undefined || (memory.failures === 0 && end === 'failed'))
    return { end, outcome, isChanged: false, failure, deadlineAt };
  const result: PlanResult<Step> = {
    plan: { steps: [], outcome },
    done: [],
    outcome,
    attempt: memory.failures + 1,
    now,
  };
  const status = await writeStatus(kit, { object, isGone: false, memory, wanted: () => last.given, result });
  return { end, outcome, isChanged: status.isWritten, failure, deadlineAt: status.deadlineAt ?? deadlineAt };
}

function onOf(outcome: Outcome, object: KubeObject): Reference {
  return outcome.type === 'waiting' || outcome.type === 'blocked' ? outcome.on : selfOf(object);
}

/** An object as a reference. */
export function selfOf(object: KubeObject): Reference {
  const { namespace, name } = object.metadata;
  return { kind: object.kind, ...(namespace === undefined ? {} : { namespace }), name };
}
