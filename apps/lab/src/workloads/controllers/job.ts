import { parseKey } from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import { ownerKeys, ownKey } from '../concerns.js';
import { type Condition, type Job, JobKind, type SimulatedPod, SimulatedPodKind } from '../kinds.js';
import { counted, isActive, isEnding, isReady, podFrom, sameStatus, suffix, withCondition } from '../objects.js';
import { type Controller, type Plane, forEach } from '../plane.js';

/** From a pod that failed to the next, doubled each time (pkg/controller/job: DefaultJobPodFailureBackOff). */
const backoffSeconds = 10;
const longestBackoffSeconds = 600;

/** Runs the pods of Jobs until enough have succeeded or too many have failed. */
export function jobs(plane: Plane): Controller {
  return {
    name: 'job',
    concerns: (write) => [...ownKey(write, 'jobs.batch'), ...ownerKeys(write, 'Job')],
    async sync(key) {
      const job = await plane.api.get(JobKind, parseKey(key));
      if (job === undefined || isEnding(job)) return undefined;
      const finished = finishedAt(job);
      if (finished !== undefined) return expire(plane, job, finished);
      const view = viewOf(plane, job);
      const verdict = verdictOf(plane, job, view);
      if (verdict !== undefined) return finish(plane, job, view, verdict);
      return work(plane, job, view);
    },
  };
}

interface View {
  readonly active: readonly SimulatedPod[];
  readonly succeeded: number;
  readonly failed: number;
  readonly startedAt: number | undefined;
  readonly lastFailure: number;
}

function viewOf(plane: Plane, job: Job): View {
  const pods = plane.index.ownedBy(job);
  const failed = pods.filter(({ status }) => status?.phase === 'Failed');
  return {
    active: pods.filter(isActive),
    succeeded: pods.filter(({ status }) => status?.phase === 'Succeeded').length,
    failed: failed.length,
    startedAt: job.status?.startTime === undefined ? undefined : Date.parse(job.status.startTime),
    lastFailure: Math.max(0, ...failed.map(endOf)),
  };
}

function endOf({ status }: SimulatedPod): number {
  return Date.parse(status?.containerStatuses?.[0]?.state.terminated?.finishedAt ?? '') || 0;
}

const finishedCondition = (job: Job): Condition | undefined =>
  job.status?.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');

function finishedAt(job: Job): number | undefined {
  const condition = finishedCondition(job);
  return condition === undefined ? undefined : Date.parse(condition.lastTransitionTime ?? '');
}

async function expire(plane: Plane, job: Job, finished: number): Promise<number | undefined> {
  const { ttlSecondsAfterFinished } = job.spec;
  if (ttlSecondsAfterFinished === undefined) return undefined;
  const at = finished + plane.pace.ms(ttlSecondsAfterFinished);
  if (plane.clock.now() < at) return at;
  await plane.api.end(JobKind, job.metadata);
  return undefined;
}

function deadlineOf(plane: Plane, { spec }: Job, { startedAt }: View): number {
  if (spec.activeDeadlineSeconds === undefined || startedAt === undefined) return Infinity;
  return startedAt + plane.pace.ms(spec.activeDeadlineSeconds);
}

function verdictOf(plane: Plane, job: Job, view: View): Condition | undefined {
  const { completions = 1, backoffLimit = 6, suspend } = job.spec;
  if (suspend === true) return undefined;
  if (view.succeeded >= completions)
    return {
      type: 'Complete',
      status: 'True',
      reason: 'CompletionsReached',
      message: 'Reached expected number of succeeded pods',
    };
  const restarts = view.active.reduce(
    (sum, { status }) => sum + (status?.containerStatuses?.[0]?.restartCount ?? 0),
    0,
  );
  if (view.failed + restarts > backoffLimit)
    return {
      type: 'Failed',
      status: 'True',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    };
  if (plane.clock.now() >= deadlineOf(plane, job, view))
    return {
      type: 'Failed',
      status: 'True',
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
    };
  return undefined;
}

async function finish(plane: Plane, job: Job, view: View, condition: Condition): Promise<number | undefined> {
  const now = plane.clock.now();
  await forEach(view.active, ({ metadata }) => plane.api.end(SimulatedPodKind, metadata));
  const status = {
    ...counted({
      active: 0,
      ready: 0,
      succeeded: view.succeeded,
      failed: view.failed + (condition.type === 'Failed' ? view.active.length : 0),
    }),
    startTime: job.status?.startTime ?? rfc3339(now),
    ...(condition.type === 'Complete' ? { completionTime: rfc3339(now) } : {}),
    conditions: withCondition(job.status?.conditions, condition, now),
  };
  await plane.api.patch(JobKind, job.metadata, { status }, 'status');
  return undefined;
}

async function work(plane: Plane, job: Job, view: View): Promise<number | undefined> {
  const { completions = 1, parallelism = 1, suspend } = job.spec;
  const wanted = suspend === true ? 0 : Math.min(parallelism, completions - view.succeeded);
  const pause = Math.min(longestBackoffSeconds, backoffSeconds * 2 ** Math.max(0, view.failed - 1));
  const mayStartAt = view.failed === 0 ? 0 : view.lastFailure + plane.pace.ms(pause);
  const missing = wanted - view.active.length;
  const isPaused = plane.clock.now() < mayStartAt;
  if (missing > 0 && !isPaused) {
    const names = Array.from({ length: missing }, () => `${job.metadata.name}-${suffix(plane.random)}`);
    await forEach(names, (name) => plane.api.create(SimulatedPodKind, podFrom(job, job.spec.template, { name })));
  }
  if (missing < 0)
    await forEach(view.active.slice(missing), ({ metadata }) => plane.api.end(SimulatedPodKind, metadata));
  await report(plane, job, view);
  const times = [deadlineOf(plane, job, view), ...(missing > 0 && isPaused ? [mayStartAt] : [])];
  const next = Math.min(...times);
  return next === Infinity ? undefined : next;
}

async function report(plane: Plane, job: Job, view: View): Promise<void> {
  const active = plane.index.ownedBy(job).filter(isActive);
  const isSuspended = job.spec.suspend === true;
  const was = job.status?.conditions?.find(({ type }) => type === 'Suspended');
  const suspended = {
    type: 'Suspended',
    status: isSuspended ? 'True' : 'False',
    reason: isSuspended ? 'JobSuspended' : 'JobResumed',
  };
  const now = plane.clock.now();
  const status = {
    ...counted({
      active: active.length,
      ready: active.filter(isReady).length,
      succeeded: view.succeeded,
      failed: view.failed,
    }),
    ...(isSuspended ? {} : { startTime: job.status?.startTime ?? rfc3339(now) }),
    ...(isSuspended || was !== undefined ? { conditions: withCondition(job.status?.conditions, suspended, now) } : {}),
  };
  if (!sameStatus(job.status, status)) await plane.api.patch(JobKind, job.metadata, { status }, 'status');
}
