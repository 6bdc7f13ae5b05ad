import { JobKind, type Reference } from '@keelson/api';
import { failureOf, isComplete } from '@keelson/mosk';
import { blockedBy, type Outcome, waitingOn } from '@keelson/reconcile';
import { rfc3339 } from '@keelson/std';
import { endOf, type JobFailure, operating, type Operation } from '../operations/operation.js';
import type { Checked } from '../probes/check.js';
import { northboundRefill } from '../services/networking/ovn/database-sync.js';
import { type Data, type Decision, idOf, recheckSeconds, setOf } from './decision.js';
import { databaseHealth } from './ovn.health.js';
import { type OvnWorld, refillAnnotation } from './ovn.world.js';

const maxTries = 6;
/** After the first failure; twice as long after each further one, to an hour. */
const againMs = 300_000;
const longestMs = 3_600_000;
const what = "Neutron's networks are written into the northbound database";
const wayOut = `${refillAnnotation}=<any new text> on the OpenStackDeployment has it done from the beginning`;

/** Notes that Neutron's networks have to be written into the northbound database, whatever came of it before. */
export function refillNoted(data: Data, id: string): Data {
  return { ...withoutTries(data), 'nb.refill': id };
}

/** Fills the northbound database from Neutron's, once for each time that it began anew, and only while it is well. */
export function refilled(world: OvnWorld, data: Data): Decision {
  if (world.databases.every(({ side }) => side !== 'nb')) return { data };
  const { refillAsked: asked } = world;
  if (asked !== undefined && asked !== data['nb.refill-asked']) {
    const why = `${what} once more, as ${refillAnnotation} asks`;
    return { data: { ...refillNoted(data, idOf(world)), 'nb.refill-asked': asked }, why };
  }
  const id = outstanding(data);
  if (id === undefined) return { data };
  const number = Number(data['nb.refill-try'] ?? 1);
  const operation = operationOf(world, id, number);
  const end = endOf(operation, world.refill.job);
  if (end === 'done') {
    const why = `Job ${nameOf(world)} has written Neutron's networks into the northbound database`;
    return { data: { ...withoutTries(data), 'nb.refilled': id }, why };
  }
  if (data['nb.refill-failed'] === id) return { data, outcome: givenUp(world, end) };
  if (end === 'running') return { data, ...operated(operation, world) };
  return end === 'absent' ? begun(operation, number, world, data) : failed(end, number, world, data);
}

/** The health of the northbound database tells when Neutron's networks are not in it. */
export function withRefill(checked: Checked, data: Data): Checked {
  if (checked.component !== 'check-northbound' || checked.finding !== 'Ready' || outstanding(data) === undefined)
    return checked;
  const message = `it began anew, and Neutron's networks are not all in it before Job ${northboundRefill} is complete`;
  return { ...checked, finding: 'Unhealthy', message };
}

/** The occasion that is not over. */
function outstanding(data: Data): string | undefined {
  const id = data['nb.refill'];
  return id === data['nb.refilled'] ? undefined : id;
}

function withoutTries(data: Data): Data {
  const { 'nb.refill-try': _, 'nb.refill-after': __, 'nb.refill-failed': ___, ...rest } = data;
  return rest;
}

function operationOf({ namespace }: OvnWorld, id: string, number: number): Operation {
  const occasion = `${id}/${number}`;
  return {
    namespace,
    template: northboundRefill,
    job: northboundRefill,
    occasion,
    env: {},
    what,
    wayOut,
    isKept: true,
  };
}

function operated(operation: Operation, { now, refill }: OvnWorld): Pick<Decision, 'step' | 'outcome'> {
  const { make, wait } = operating(operation, { now, ...refill });
  const outcome = wait && waitingOn(wait.on, wait.reason, wait.message, wait.recheckAfterSeconds);
  return {
    ...(make === undefined ? {} : { step: { type: 'operate', ...make, what } }),
    ...(outcome === undefined ? {} : { outcome }),
  };
}

/** No Job of this try is there: it begins when the time has come, the database is well, and no Job of before runs. */
function begun(operation: Operation, number: number, world: OvnWorld, data: Data): Decision {
  const { job } = world.refill;
  const after = data['nb.refill-after'];
  if (after !== undefined && world.now < Date.parse(after)) {
    const why = (job && failureOf(job)?.why) ?? 'its logs tell why';
    const message = `${what}: Job ${nameOf(world)} failed and is run again at ${after} (${number} of ${maxTries} times): ${why}; ${wayOut}`;
    return { data, outcome: waitingOn(jobOf(world), 'JobFailed', message, recheckSeconds) };
  }
  if (job !== undefined && !isComplete(job) && failureOf(job) === undefined) {
    const message = `${what}: waits for Job ${nameOf(world)} of before to end, which it does within its deadline; delete it to wait no more`;
    return { data, outcome: waitingOn(jobOf(world), 'JobRunning', message, recheckSeconds) };
  }
  const ill = world.databases.map(databaseHealth).find(({ finding }) => finding !== 'Ready');
  if (ill === undefined) return { data, ...operated(operation, world) };
  const side = ill.component === 'check-northbound' ? 'nb' : 'sb';
  const message = `${what} as soon as the databases are well: ${ill.message ?? ill.finding}`;
  return { data, outcome: waitingOn(setOf(world, side), 'DatabaseDegraded', message, recheckSeconds) };
}

function failed({ at, why }: JobFailure, number: number, world: OvnWorld, data: Data): Decision {
  const told = `Job ${nameOf(world)}, by which Neutron's networks are written into the northbound database, failed (${number} of ${maxTries} times): ${why}`;
  if (number >= maxTries)
    return { data: { ...data, 'nb.refill-failed': data['nb.refill'] ?? '' }, why: `${told}; ${wayOut}` };
  const after = rfc3339((at || world.now) + Math.min(againMs * 2 ** (number - 1), longestMs));
  return {
    data: { ...data, 'nb.refill-try': String(number + 1), 'nb.refill-after': after },
    why: `${told}; it is run again at ${after}`,
  };
}

function givenUp(world: OvnWorld, end: ReturnType<typeof endOf>): Outcome {
  const why = typeof end === 'object' ? `: ${end.why}` : '';
  const message = `Neutron's networks are not all in the northbound database, which began anew: Job ${nameOf(world)} failed ${maxTries} times${why}. See its logs, mend what it names, and ${wayOut}`;
  return blockedBy(jobOf(world), 'RefillFailed', message);
}

function jobOf({ namespace }: OvnWorld): Reference {
  return { kind: JobKind.kind, namespace, name: northboundRefill };
}

function nameOf({ namespace }: OvnWorld): string {
  return `${namespace}/${northboundRefill}`;
}
