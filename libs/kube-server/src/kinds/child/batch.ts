import { isObject } from '../../schema/schema.js';
import { type FieldError, fieldRequired } from '../../status/status.js';
import type { Draft, Stored } from '../../storage/stored.js';
import { builtIn, textAt } from '../declare.js';
import type { KindDescriptor } from '../descriptor.js';
import {
  conditions,
  flag,
  freeForm,
  integer,
  labels,
  labelSelector,
  listOf,
  long,
  objectReference,
  open,
  plain,
  struct,
  text,
  time,
} from '../schema-words.js';
import { podSpecErrors } from './pod.js';
import { podTemplate, withDefault } from './pod-spec.js';

const group = 'batch';

const jobSpec = struct({
  parallelism: withDefault(integer, 1),
  completions: integer,
  activeDeadlineSeconds: long,
  backoffLimit: withDefault(integer, 6),
  selector: labelSelector,
  manualSelector: flag,
  template: podTemplate,
  ttlSecondsAfterFinished: integer,
  completionMode: withDefault(text, 'NonIndexed'),
  suspend: withDefault(flag, false),
  podFailurePolicy: freeForm,
  successPolicy: freeForm,
  backoffLimitPerIndex: integer,
  maxFailedIndexes: integer,
  podReplacementPolicy: text,
  managedBy: text,
});

export const batchKinds: readonly KindDescriptor[] = [
  builtIn({
    group,
    kind: 'Job',
    categories: ['all'],
    hasStatus: true,
    countsGenerations: true,
    members: {
      spec: plain(jobSpec),
      status: plain(
        open({
          active: integer,
          ready: integer,
          succeeded: integer,
          failed: integer,
          startTime: time,
          completionTime: time,
          conditions,
        }),
      ),
    },
    selectableFields: { 'status.successful': textAt('status', 'succeeded') },
    strategy: {
      prepare: prepareJob,
      validate: (object) => podSpecErrors(templateOf(object).spec, 'spec.template.spec'),
    },
  }),
  builtIn({
    group,
    kind: 'CronJob',
    shortNames: ['cj'],
    categories: ['all'],
    hasStatus: true,
    countsGenerations: true,
    members: {
      spec: plain(
        struct({
          schedule: text,
          timeZone: text,
          startingDeadlineSeconds: long,
          concurrencyPolicy: withDefault(text, 'Allow'),
          suspend: withDefault(flag, false),
          jobTemplate: plain(struct({ metadata: plain(open({ labels, annotations: labels })), spec: plain(jobSpec) })),
          successfulJobsHistoryLimit: withDefault(integer, 3),
          failedJobsHistoryLimit: withDefault(integer, 1),
        }),
      ),
      status: plain(struct({ active: listOf(objectReference), lastScheduleTime: time, lastSuccessfulTime: time })),
    },
    strategy: { validate: cronErrors },
  }),
];

function templateOf(object: Draft): Draft {
  return isObject(object.spec) && isObject(object.spec.template) ? object.spec.template : {};
}

/** A job chooses its pods by its own uid unless told otherwise. */
function prepareJob(object: Draft, before: Stored | undefined): Draft {
  if (before !== undefined || !isObject(object.spec) || object.spec.manualSelector === true) return object;
  const { uid, name } = isObject(object.metadata) ? object.metadata : {};
  const own = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const template = templateOf(object);
  const metadata = isObject(template.metadata) ? template.metadata : {};
  const spec = {
    ...object.spec,
    ...(object.spec.completions === undefined ? { completions: 1 } : {}),
    selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
    template: {
      ...template,
      metadata: { ...metadata, labels: { ...(isObject(metadata.labels) ? metadata.labels : {}), ...own } },
    },
  };
  return { ...object, spec };
}

function cronErrors(object: Draft): FieldError[] {
  return isObject(object.spec) && object.spec.schedule ? [] : [fieldRequired('spec.schedule')];
}
