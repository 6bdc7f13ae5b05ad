import { parseKey } from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import { ownerKeys, ownKey } from '../concerns.js';
import { nextTime } from './cron-schedule.js';
import { type CronJob, CronJobKind, type Job, JobKind } from '../kinds.js';
import { controllerOf, isEnding, ownedBy, sameStatus, simulated } from '../objects.js';
import { type Controller, type Plane, forEach } from '../plane.js';

const minuteMs = 60_000;

/** Makes the Jobs of CronJobs when their time comes. Schedules are read against the clock, which is everybody's. */
export function cronJobs(plane: Plane): Controller {
  return {
    name: 'cronjob',
    concerns: (write) => [...ownKey(write, 'cronjobs.batch'), ...ownerKeys(write, 'CronJob')],
    async sync(key) {
      const cron = await plane.api.get(CronJobKind, parseKey(key));
      if (cron === undefined || isEnding(cron)) return undefined;
      const due = await start(plane, cron);
      await report(plane, cron, due);
      return cron.spec.suspend === true ? undefined : nextTime(cron.spec.schedule, plane.clock.now());
    },
  };
}

async function jobsOf(plane: Plane, cron: CronJob): Promise<readonly Job[]> {
  const all = await plane.api.list(JobKind, cron.metadata.namespace);
  return all.filter((job) => controllerOf(job)?.uid === cron.metadata.uid);
}

const conditionOf = (job: Job, type: string): boolean =>
  job.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
const isFinished = (job: Job): boolean => conditionOf(job, 'Complete') || conditionOf(job, 'Failed');

/** Starts the Job that is due, the newest if several are; gives its time. */
async function start(plane: Plane, cron: CronJob): Promise<string | undefined> {
  const { lastScheduleTime } = cron.status ?? {};
  const since = Date.parse(lastScheduleTime ?? cron.metadata.creationTimestamp ?? '');
  if (cron.spec.suspend === true) return lastScheduleTime;
  const now = plane.clock.now();
  let at = nextTime(cron.spec.schedule, since);
  if (at > now) return lastScheduleTime;
  // However long nobody looked, one Job is made.
  for (
    let next = nextTime(cron.spec.schedule, now - 60 * minuteMs);
    next <= now;
    next = nextTime(cron.spec.schedule, next)
  )
    at = Math.max(at, next);
  const running = (await jobsOf(plane, cron)).filter((job) => !isFinished(job));
  const { concurrencyPolicy } = cron.spec;
  if (concurrencyPolicy === 'Forbid' && running.length > 0) return lastScheduleTime;
  if (concurrencyPolicy === 'Replace') await forEach(running, ({ metadata }) => plane.api.end(JobKind, metadata));
  await plane.api.create(JobKind, jobAt(cron, at));
  return rfc3339(at);
}

function jobAt(cron: CronJob, at: number): Job {
  const { metadata, spec } = cron.spec.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${cron.metadata.name}-${Math.floor(at / minuteMs)}`,
      namespace: cron.metadata.namespace,
      labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations, ...simulated },
      ownerReferences: [ownedBy(cron)],
    },
    spec,
  };
}

async function report(plane: Plane, cron: CronJob, lastScheduleTime: string | undefined): Promise<void> {
  const all = await jobsOf(plane, cron);
  const running = all.filter((job) => !isFinished(job));
  const active = running.map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
  }));
  const ended = all.flatMap((job) => (conditionOf(job, 'Complete') ? [job.status?.completionTime ?? ''] : [])).sort();
  const status = {
    active: active.length === 0 ? null : active,
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(ended.length === 0 ? {} : { lastSuccessfulTime: ended.at(-1) }),
  };
  if (!sameStatus(cron.status, status)) await plane.api.patch(CronJobKind, cron.metadata, { status }, 'status');
  await forget(
    plane,
    all.filter((job) => conditionOf(job, 'Complete')),
    cron.spec.successfulJobsHistoryLimit ?? 3,
  );
  await forget(
    plane,
    all.filter((job) => conditionOf(job, 'Failed')),
    cron.spec.failedJobsHistoryLimit ?? 1,
  );
}

async function forget(plane: Plane, finished: readonly Job[], keep: number): Promise<void> {
  const oldest = [...finished].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  await forEach(oldest.slice(0, Math.max(0, oldest.length - keep)), ({ metadata }) => plane.api.end(JobKind, metadata));
}
