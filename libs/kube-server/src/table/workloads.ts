import type { Stored } from '../storage/stored.js';
import { ageColumn, ageOf, column, type Column, humanDuration, wide } from './columns.js';
import {
  conditionAt,
  containersText,
  listAt,
  mapText,
  numberAt,
  objectAt,
  orNone,
  selectorText,
  textAt,
} from './read.js';

const spec = (object: Stored): Record<string, unknown> => objectAt(object, 'spec');
const statusNumber = (name: string, member: string): Column =>
  column(name, (object) => numberAt(object, 'status', member), { type: 'integer' });

const templateColumns: readonly Column[] = [
  wide('Containers', (object) => containersText(spec(object), 'name')),
  wide('Images', (object) => containersText(spec(object), 'image')),
];
const selector = wide('Selector', (object) => selectorText(spec(object).selector));

/** Absent replicas mean one, as the API's default says. */
function wantedReplicas(object: Stored): number {
  const { replicas } = spec(object);
  return typeof replicas === 'number' ? replicas : 1;
}

const readyOfWanted = column(
  'Ready',
  (object) => `${numberAt(object, 'status', 'readyReplicas')}/${wantedReplicas(object)}`,
);

function jobStatus(job: Stored): string {
  if (conditionAt(job, 'Complete') === 'True') return 'Complete';
  if (conditionAt(job, 'Failed') === 'True') return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return conditionAt(job, 'Suspended') === 'True' ? 'Suspended' : 'Running';
}

function jobCompletions(job: Stored): string {
  const { completions, parallelism } = spec(job);
  const succeeded = numberAt(job, 'status', 'succeeded');
  if (typeof completions === 'number') return `${succeeded}/${completions}`;
  return typeof parallelism === 'number' && parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: Stored, now: number): string {
  const [start, end] = [textAt(job, 'status', 'startTime'), textAt(job, 'status', 'completionTime')];
  if (start === '') return '';
  return humanDuration((end === '' ? now : Date.parse(end)) - Date.parse(start));
}

function budgetText(budget: Stored, member: string): string {
  return textAt(budget, 'spec', member) || 'N/A';
}

const cronJobTemplate = (job: Stored): Record<string, unknown> => objectAt(job, 'spec', 'jobTemplate', 'spec');

export const workloadColumns: Readonly<Record<string, readonly Column[]>> = {
  'deployments.apps': [
    readyOfWanted,
    statusNumber('Up-to-date', 'updatedReplicas'),
    statusNumber('Available', 'availableReplicas'),
    ageColumn,
    ...templateColumns,
    selector,
  ],
  'replicasets.apps': [
    column('Desired', wantedReplicas, { type: 'integer' }),
    statusNumber('Current', 'replicas'),
    statusNumber('Ready', 'readyReplicas'),
    ageColumn,
    ...templateColumns,
    selector,
  ],
  'statefulsets.apps': [readyOfWanted, ageColumn, ...templateColumns],
  'daemonsets.apps': [
    statusNumber('Desired', 'desiredNumberScheduled'),
    statusNumber('Current', 'currentNumberScheduled'),
    statusNumber('Ready', 'numberReady'),
    statusNumber('Up-to-date', 'updatedNumberScheduled'),
    statusNumber('Available', 'numberAvailable'),
    column('Node Selector', (object) => mapText(objectAt(object, 'spec', 'template', 'spec', 'nodeSelector'))),
    ageColumn,
    ...templateColumns,
    selector,
  ],
  'jobs.batch': [
    column('Status', jobStatus),
    column('Completions', jobCompletions),
    column('Duration', jobDuration),
    ageColumn,
    ...templateColumns,
    selector,
  ],
  'cronjobs.batch': [
    column('Schedule', (job) => textAt(job, 'spec', 'schedule')),
    column('Timezone', (job) => orNone(textAt(job, 'spec', 'timeZone'))),
    column('Suspend', (job) => (spec(job).suspend === true ? 'True' : 'False')),
    column('Active', (job) => listAt(job, 'status', 'active').length, { type: 'integer' }),
    column('Last Schedule', (job, now) =>
      textAt(job, 'status', 'lastScheduleTime') === ''
        ? '<none>'
        : ageOf(textAt(job, 'status', 'lastScheduleTime'), now),
    ),
    ageColumn,
    wide('Containers', (job) => containersText(cronJobTemplate(job), 'name')),
    wide('Images', (job) => containersText(cronJobTemplate(job), 'image')),
    wide('Selector', (job) => selectorText(cronJobTemplate(job).selector)),
  ],
  'poddisruptionbudgets.policy': [
    column('Min Available', (budget) => budgetText(budget, 'minAvailable')),
    column('Max Unavailable', (budget) => budgetText(budget, 'maxUnavailable')),
    statusNumber('Allowed Disruptions', 'disruptionsAllowed'),
    ageColumn,
  ],
};
