import { type DaemonSet, DaemonSetKind, type Job, JobKind, type KubeObject, type Reference } from '@keelson/api';
import { failureOf, identityOf, incompleteness, unreadiness } from '@keelson/mosk';
import { blockedBy, type Outcome, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { isRestoring } from '../opensdn/opensdn.js';
import type { OperatorStep } from './operator.steps.js';
import type { OperatorWorld, WorldService } from './operator.world.js';

/** Sees to it that what OpenStack was told is taken back before the object is gone. */
export const operatorFinalizer = 'tf.mirantis.com/sdn-svc.finalizer';
const recheckSeconds = 60;
/** Past the deadline what was never asked to go still is for so long: nobody may have been there to ask. */
const lastTriesMs = 600_000;
/** Of what ran and is not well. */
export const notHealthy = 'NotHealthy';

/** What is to be done for OpenSDN now. Pure. */
export function planOperator(world: OperatorWorld): Plan<OperatorStep> {
  const { operator, isLeaving, lacks, trouble, hasGenerated } = world;
  if (isLeaving) return removal(world);
  if (operator.metadata.finalizers?.includes(operatorFinalizer) !== true)
    return { steps: [{ type: 'addFinalizer', operator }], outcome: progressing() };
  if (lacks !== undefined)
    return { steps: [], outcome: waitingOn(lacks.on, lacks.reason, lacks.message, recheckSeconds) };
  if (trouble !== undefined) return { steps: [], outcome: blockedBy(trouble.on, trouble.reason, trouble.message) };
  if (!hasGenerated) return { steps: [{ type: 'generate', operator }], outcome: progressing() };
  return application(world);
}

/**
 * What is rendered from is written down first: who comes after a crash renders the same. A service is written when those before it
 * are ready. The API is handed over as soon as it serves: vRouters need not wait for OpenStack.
 */
function application(world: OperatorWorld): Plan<OperatorStep> {
  const { toKeep } = world;
  const steps: OperatorStep[] = toKeep === undefined ? [] : [{ type: 'keepImages', map: toKeep }];
  for (const service of world.services) {
    const stale = nextIn(service);
    if (stale.length > 0) {
      steps.push({ type: 'apply', service: service.name, objects: stale });
      return { steps, outcome: progressing() };
    }
    const late = unreadyOf(service);
    if (late !== undefined && !isRunning(world))
      return { steps, outcome: lateOutcome(world, service, { ...late, reason: 'NotReady' }) };
    if (service.name === 'config' && world.handOver !== undefined)
      steps.push({ type: 'handOver', secret: world.handOver });
  }
  const orphans = world.orphans.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(referenceTo);
  if (orphans.length > 0) steps.push({ type: 'prune', objects: orphans });
  if (steps.length > 0) return { steps, outcome: progressing() };
  return { steps, outcome: isRestoring(world.operator.spec) ? restored(world) : healthOutcome(world) };
}

/**
 * What is to be written of a service now. vRouters are replaced on one node of all at a time: of those that run the next set
 * begins when all that were written are ready.
 */
function nextIn({ name, items }: WorldService): readonly KubeObject[] {
  const stale = items.filter(({ isCurrent }) => !isCurrent);
  const replaced = name === 'vRouter' ? stale.filter(({ live }) => live?.kind === DaemonSetKind.kind) : [];
  const others = stale.filter((item) => !replaced.includes(item));
  const written = items.filter(({ isCurrent }) => isCurrent);
  const next = unreadyOf({ name, items: written }) === undefined ? replaced.slice(0, 1) : [];
  return [...others, ...next].map(({ wanted }) => wanted);
}

/** Nobody but the operator knows that what was restored is what was wanted. */
function restored({ services }: OperatorWorld): Outcome {
  const [job] = services.find(({ name }) => name === 'restore')?.items ?? [];
  const on = job === undefined ? { kind: JobKind.kind, name: 'tf-dbrestore' } : referenceTo(job.wanted);
  const message =
    'The databases are restored. Set spec.features.dbRestoreMode.enabled to false, and OpenSDN serves again; the data plane has gone on.';
  return waitingOn(on, 'Restored', message, recheckSeconds);
}

/** Nothing is to be done for what ran and is not well: it is told. */
function healthOutcome(world: OperatorWorld): Outcome {
  for (const service of world.services) {
    const late = unreadyOf(service);
    if (late !== undefined) return lateOutcome(world, service, { ...late, reason: notHealthy });
  }
  const { unread } = world;
  return unread === undefined ? settled : waitingOn(unread.on, unread.reason, unread.message, recheckSeconds);
}

/** What keeps its pods from running is what must move, where that is known. */
function lateOutcome(
  { troubles }: OperatorWorld,
  { name }: WorldService,
  { live, why, reason }: Late & { readonly reason: string },
): Outcome {
  const trouble = troubles.get(identityOf(live));
  const message = `${name}: ${identityOf(live)} ${why}`;
  return trouble === undefined
    ? waitingOn(referenceTo(live), reason, message, recheckSeconds)
    : waitingOn(trouble.on, reason, `${message}: ${trouble.message}`, recheckSeconds);
}

/** What ran once stays applied when a pod is lost: that is a matter of health. */
function isRunning({ operator, services }: OperatorWorld): boolean {
  const { status, spec } = operator;
  return (
    status?.state === 'Ready' &&
    status.tfVersion === spec.tfVersion &&
    services.every(({ items }) => items.every(({ isCurrent }) => isCurrent))
  );
}

/** First what OpenStack was told, so that nobody builds on it; then workloads, locks and images; the object last. */
function removal(world: OperatorWorld): Plan<OperatorStep> {
  const { operator } = world;
  const objects = leavingWith(world);
  const overdueMs = world.now - Date.parse(operator.status?.progress?.deadline ?? '');
  const isOverdue = operator.status?.state === 'Deleting' && overdueMs > 0;
  const toDelete = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(referenceTo);
  if (toDelete.length > 0 && !(isOverdue && overdueMs > lastTriesMs))
    return { steps: [{ type: 'prune', objects: toDelete }], outcome: progressing() };
  const [left] = objects;
  if (left === undefined || isOverdue)
    return { steps: [{ type: 'removeFinalizer', operator }], outcome: progressing() };
  const message = `waits for ${identityOf(left)} to be gone`;
  return { steps: [], outcome: waitingOn(referenceTo(left), 'Deleting', message, 10) };
}

/** What is removed before the object, in that order. */
export function leavingWith({ handedOver, orphans, belongings }: OperatorWorld): readonly KubeObject[] {
  return [...(handedOver === undefined ? [] : [handedOver]), ...orphans, ...belongings];
}

interface Late {
  readonly live: KubeObject;
  readonly why: string;
}

/** The first workload of a service that does not run what was applied, and what it lacks. */
export function unreadyOf({ items }: WorldService): Late | undefined {
  for (const { live, absent = 0 } of items) {
    const why = live === undefined ? undefined : lackOf(live, absent);
    if (live !== undefined && why !== undefined) return { live, why };
  }
  return undefined;
}

/** @param absent nodes of a DaemonSet that nothing can be expected of */
function lackOf(live: KubeObject, absent: number): string | undefined {
  if (live.kind === JobKind.kind) return unfinished(live);
  return (
    unreadiness(absent > 0 ? without(live, absent) : live) ??
    (live.kind === DaemonSetKind.kind ? stillThere(live) : undefined)
  );
}

function without(set: DaemonSet, absent: number): DaemonSet {
  const { desiredNumberScheduled: wanted = 0 } = set.status ?? {};
  return { ...set, status: { ...set.status, desiredNumberScheduled: Math.max(0, wanted - absent) } };
}

function unfinished(job: Job): string | undefined {
  const failed = failureOf(job)?.why;
  return failed === undefined ? incompleteness(job) : `has failed: ${failed}; delete it to have it tried again`;
}

/** What is taken off all nodes may write until its last pod is gone. */
function stillThere({ status }: DaemonSet): string | undefined {
  const { desiredNumberScheduled: wanted = 0, numberMisscheduled: left = 0 } = status ?? {};
  return wanted === 0 && left > 0 ? `still has pods on ${left} nodes` : undefined;
}

export function referenceTo({ kind, metadata: { namespace, name } }: KubeObject): Reference {
  return { kind, ...(namespace === undefined ? {} : { namespace }), name };
}
