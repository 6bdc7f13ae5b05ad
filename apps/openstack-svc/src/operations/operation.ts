import { apiVersionOf, CronJobKind, type Job, JobKind, type KubeObject, type Reference } from '@keelson/api';
import { failureOf, incompleteness } from '@keelson/mosk';
import type { Writer } from '@keelson/reconcile';
import { sha256Json, terminal } from '@keelson/std';
import { z } from 'zod';

/** On the Job of an operation: which occasion it is for. */
export const operationAnnotation = 'keelson.dev/operation';

/** Something that is done once on occasion, by a Job made from a CronJob of the cloud that never runs by the clock. */
export interface Operation {
  readonly namespace: string;
  /** Names of the CronJob and of the Job. */
  readonly template: string;
  readonly job: string;
  /** With another one it is done again. */
  readonly occasion: string;
  /** For the Job's container. */
  readonly env: Readonly<Record<string, string>>;
  /** What it does, as a sentence begins: `volume services of n1 are taken out of Cinder`. */
  readonly what: string;
  /** How to go on without it. */
  readonly wayOut: string;
  /** Its Job stays until another takes its place, for what came of it is read from it; else it goes an hour after its end. */
  readonly isKept?: boolean;
}

/** The CronJob and the Job as they are. */
export interface OperationFacts {
  readonly now: number;
  readonly template: KubeObject | undefined;
  readonly job: Job | undefined;
}

export interface OperationWait {
  readonly on: Reference;
  readonly reason: string;
  readonly message: string;
  readonly recheckAfterSeconds: number;
}

/** A Job that is to be made. */
export interface JobToMake {
  readonly job: Job;
  /** Uid of the one in whose place it is made. */
  readonly over: string | undefined;
}

/** How an operation stands: what is to be made now, and what is waited for; with neither it is done. */
export interface Operating {
  readonly make: JobToMake | undefined;
  readonly wait: OperationWait | undefined;
}

/** What has failed is tried again after so long. */
const againMs = 300_000;
const lookSeconds = 10;
/** The Job stays so long after its end, with the logs of its pods. */
const kept = { ttlSecondsAfterFinished: 3600 };

/**
 * How an operation stands. Pure.
 *
 * @param isSeen its effect is there; a Job that is complete without it is as good as failed
 */
export function operating(operation: Operation, facts: OperationFacts, isSeen = true): Operating {
  const { template, job, now } = facts;
  const end = endOf(operation, job, isSeen);
  if (end === 'done') return { make: undefined, wait: undefined };
  if (end === 'running') return { make: undefined, wait: running(operation) };
  if (end !== 'absent' && now < end.at + againMs) return { make: undefined, wait: failed(operation, end, now) };
  if (template === undefined) return { make: undefined, wait: missing(operation) };
  return { make: { job: jobFrom(operation, template), over: job?.metadata.uid }, wait: running(operation) };
}

/** How a Job failed. */
export interface JobFailure {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly why: string;
}

/**
 * What has come of the Job of an operation; `absent` where there is none of this occasion.
 *
 * @param isSeen its effect is there
 */
export function endOf(
  { occasion }: Pick<Operation, 'occasion'>,
  job: Job | undefined,
  isSeen = true,
): 'absent' | 'running' | 'done' | JobFailure {
  if (job === undefined || job.metadata.annotations?.[operationAnnotation] !== occasion) return 'absent';
  const failure = failureOf(job);
  if (failure !== undefined) return failure;
  if (incompleteness(job) !== undefined) return 'running';
  if (isSeen) return 'done';
  const completed = job.status?.conditions?.find(({ type, status }) => type === 'Complete' && status === 'True');
  return { at: Date.parse(completed?.lastTransitionTime ?? '') || 0, why: 'it has completed, and nothing has changed' };
}

function running({ namespace, job: name, what, wayOut }: Operation): OperationWait {
  const message = `${what}: waits for Job ${namespace}/${name} to complete; ${wayOut}`;
  return {
    on: { kind: JobKind.kind, namespace, name },
    reason: 'JobRunning',
    message,
    recheckAfterSeconds: lookSeconds,
  };
}

function failed(
  { namespace, job: name, what, wayOut }: Operation,
  { at, why }: JobFailure,
  now: number,
): OperationWait {
  const message = `${what}: Job ${namespace}/${name} failed and is run again: ${why}; ${wayOut}`;
  const recheckAfterSeconds = Math.max(1, Math.ceil((at + againMs - now) / 1000));
  return { on: { kind: JobKind.kind, namespace, name }, reason: 'JobFailed', message, recheckAfterSeconds };
}

function missing({ namespace, template: name, what, wayOut }: Operation): OperationWait {
  const message = `${what}: waits for CronJob ${namespace}/${name}, which the apply of the cloud makes; ${wayOut}`;
  const on = { kind: CronJobKind.kind, namespace, name };
  return { on, reason: 'OperationMissing', message, recheckAfterSeconds: lookSeconds * 6 };
}

const TemplateSchema = z.object({
  spec: z.object({
    jobTemplate: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }).default({ labels: {} }),
      spec: z.looseObject({
        backoffLimit: z.number().optional(),
        template: z.looseObject({
          spec: z.looseObject({
            containers: z.array(z.looseObject({ env: z.array(z.unknown()).default([]) })),
          }),
        }),
      }),
    }),
  }),
});

/** As `kubectl create job --from` makes one. It belongs to the CronJob, and goes some time after its end. */
function jobFrom({ namespace, job: name, occasion, env, isKept = false }: Operation, cronJob: KubeObject): Job {
  const parsed = TemplateSchema.safeParse(cronJob);
  if (!parsed.success)
    throw terminal(`the CronJob ${namespace}/${cronJob.metadata.name} has no containers`, { reason: 'NoJobTemplate' });
  const { metadata, spec } = parsed.data.spec.jobTemplate;
  const { spec: pod, ...template } = spec.template;
  const more = Object.entries(env).map(([key, value]) => ({ name: key, value }));
  const containers = pod.containers.map((container) => ({ ...container, env: [...container.env, ...more] }));
  const { apiVersion, kind, metadata: owner } = cronJob;
  return {
    apiVersion: apiVersionOf(JobKind),
    kind: JobKind.kind,
    metadata: {
      name,
      namespace,
      labels: metadata.labels,
      annotations: { [operationAnnotation]: occasion },
      ownerReferences: [{ apiVersion, kind, name: owner.name, uid: owner.uid ?? '' }],
    },
    spec: { ...spec, template: { ...template, spec: { ...pod, containers } }, ...(isKept ? {} : kept) },
  };
}

/** A name for the Job of an operation about something with a long name. */
export function jobNameOf(template: string, about: string): string {
  return `${template}-${sha256Json(about).slice(0, 8)}`;
}

export interface OperationStep extends JobToMake {
  readonly type: 'operate';
  readonly what: string;
}

/** Makes the Job of an operation, in the place of the one that was seen; a conflict when there is another of its name by now. */
export async function operate({ job, over }: OperationStep, writer: Writer): Promise<void> {
  if (over !== undefined) await writer.delete(JobKind, job.metadata, { uid: over, propagation: 'Background' });
  await writer.create(JobKind, job);
}
