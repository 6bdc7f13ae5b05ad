import type { KubeObject } from '@keelson/api';
import { failureOf, identityOf, incompleteness, unreadiness } from '@keelson/mosk';
import { attemptAnnotation } from '../names.js';
import { type Assessment, referenceTo, type Wait } from './assessment.js';
import type { RolloutStep } from './rollout.steps.js';
import type { Item, RolloutWorld, WorldService, WorldStage } from './rollout.world.js';

/** A failed Job is made again after ten seconds, then twenty, at most five minutes; from the third failure on it is told. */
const firstRetryMs = 10_000;
const longestRetryMs = 300_000;
const failuresToTell = 3;
const lookForTroubleSeconds = 3;

/** What a set of objects needs, to be applied and then to be what `until` says. */
export interface Needed {
  readonly steps: readonly RolloutStep[];
  readonly wait?: Wait | undefined;
  readonly trouble?: string | undefined;
}

/** How a service stands, stage by stage. A stage begins when the one before is what its `until` says. */
export function assessStages(world: RolloutWorld, service: WorldService): Assessment {
  const base = { name: service.name, fingerprint: service.fingerprint };
  if (isStillApplied(world, service)) return { ...base, state: 'APPLIED', steps: [], isOfTarget: true };
  return { ...base, ...throughStages(world, service.name, service.stages) };
}

export type Passage = Omit<Assessment, 'name' | 'fingerprint'>;

/** How far a service is in stages of its. */
export function throughStages(world: RolloutWorld, service: string, stages: readonly WorldStage[]): Passage {
  const steps: RolloutStep[] = [];
  for (const stage of stages) {
    const needed = neededFor(world, service, stage);
    steps.push(...needed.steps);
    const isDone = needed.wait === undefined && (steps.length === 0 || stage.until === 'applied');
    if (!isDone) {
      const task = `stage ${stage.name}`;
      const trouble = needed.trouble ?? overdue(world, service, stage);
      return { state: 'APPLYING', steps, wait: needed.wait, task, trouble, isOfTarget: false };
    }
  }
  if (steps.length > 0) return { state: 'APPLYING', steps, task: 'stage configuration', isOfTarget: false };
  return { state: 'APPLIED', steps, isOfTarget: true };
}

/** What was applied stays so when a pod is lost: that is a matter of health. */
function isStillApplied({ object, deployment }: RolloutWorld, service: WorldService): boolean {
  const before = object.status?.services?.[service.name];
  return (
    before?.state === 'APPLIED' &&
    before.fingerprint === service.fingerprint &&
    before.openstack_version === deployment?.spec.openstack_version &&
    service.stages.every(({ items }) => items.every(({ isCurrent }) => isCurrent))
  );
}

/** What a stage needs now. */
export function neededFor(world: RolloutWorld, service: string, stage: Pick<WorldStage, 'items' | 'until'>): Needed {
  const stale = stage.items.filter(({ isCurrent }) => !isCurrent);
  if (stale.length > 0) return { steps: applySteps(service, stale) };
  if (stage.until === 'complete') return neededByJobs(world, service, stage.items);
  if (stage.until === 'ready') return { steps: [], wait: unready(world, service, stage.items) };
  return { steps: [] };
}

/** The template of a Job cannot be changed: a Job that is to be another is made anew. */
export function applySteps(service: string, stale: readonly Item[]): readonly RolloutStep[] {
  const isJobToReplace = ({ wanted, live }: Item): boolean => wanted.kind === 'Job' && live !== undefined;
  const plain = stale.filter((item) => !isJobToReplace(item)).map(({ wanted }) => wanted);
  return [
    ...(plain.length === 0 ? [] : [{ type: 'apply', service, objects: plain } as const]),
    ...stale
      .filter(isJobToReplace)
      .map(({ wanted }) => ({ type: 'replaceJob', service, job: wanted, attempt: 1 }) as const),
  ];
}

function neededByJobs(world: RolloutWorld, service: string, items: readonly Item[]): Needed {
  const { now, troubles } = world;
  const jobs = items.filter(({ wanted }) => wanted.kind === 'Job');
  const steps: RolloutStep[] = [];
  let wait: Wait | undefined;
  let trouble: string | undefined;
  for (const { wanted, live } of jobs) {
    if (live === undefined || incompleteness(live) === undefined) continue;
    const failure = failureOf(live);
    wait ??= waitFor(world, service, live, { reason: 'JobRunning', what: 'to complete' });
    if (failure === undefined) continue;
    const why = [failure.why, troubles.get(identityOf(live))?.message].filter((part) => part !== undefined).join('; ');
    const attempt = Number(live.metadata.annotations?.[attemptAnnotation] ?? 1);
    const dueMs = failure.at + Math.min(longestRetryMs, firstRetryMs * 2 ** (attempt - 1)) - now;
    if (attempt >= failuresToTell) trouble ??= `${service}: ${identityOf(live)} failed ${attempt} times: ${why}`;
    if (dueMs <= 0) steps.push({ type: 'replaceJob', service, job: wanted, attempt: attempt + 1 });
    else wait = failedWait(service, live, why, dueMs);
  }
  return { steps, wait, trouble };
}

function failedWait(service: string, job: KubeObject, why: string, dueMs: number): Wait {
  return {
    on: referenceTo(job),
    reason: 'JobFailed',
    message: `${service}: ${identityOf(job)} failed and is run again: ${why}`,
    recheckAfterSeconds: Math.ceil(dueMs / 1000),
    isFailure: true,
  };
}

/** The first that is in trouble, else the first that is not ready. */
function unready(world: RolloutWorld, service: string, items: readonly Item[]): Wait | undefined {
  const late = items.flatMap(({ live }) => (live !== undefined && unreadiness(live) !== undefined ? [live] : []));
  const first = late.find((live) => world.troubles.has(identityOf(live))) ?? late[0];
  return first && waitFor(world, service, first, { reason: 'NotReady', what: 'to be ready' });
}

interface Awaited {
  readonly reason: string;
  readonly what: string;
}

/** What keeps its pods from running is what must move, where that is known; nobody tells of it, so it is looked for again soon. */
function waitFor({ troubles }: RolloutWorld, service: string, live: KubeObject, { reason, what }: Awaited): Wait {
  const trouble = troubles.get(identityOf(live));
  const message = `${service}: waits for ${identityOf(live)} ${what}`;
  if (trouble === undefined)
    return { on: referenceTo(live), reason, message, recheckAfterSeconds: lookForTroubleSeconds };
  return { on: trouble.on, reason: trouble.reason, message: `${message}: ${trouble.message}`, isFailure: true };
}

function overdue({ now, object }: RolloutWorld, service: string, stage: WorldStage): string | undefined {
  const since = object.status?.services?.[service]?.tasks?.find(
    ({ description }) => description === `stage ${stage.name}`,
  )?.start_time;
  if (since === undefined || now - Date.parse(since) <= stage.timeoutSeconds * 1000) return undefined;
  return `${service}: stage ${stage.name} is not done after ${stage.timeoutSeconds} s`;
}
