import { type KubeObject, type Reference, SecretKind } from '@keelson/api';
import { identityOf, unreadiness } from '@keelson/mosk';
import { blockedBy, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { exchangeNamespace, tfDataSecret } from '../names.js';
import type { OperatorStep } from './operator.steps.js';
import type { OperatorWorld, WorldService } from './operator.world.js';

/** Sees to it that what OpenStack was told is taken back before the object is gone. */
export const operatorFinalizer = 'tf.mirantis.com/sdn-svc.finalizer';
const recheckSeconds = 60;

/** What is to be done for OpenSDN now. Pure. */
export function planOperator(world: OperatorWorld): Plan<OperatorStep> {
  const { operator, isLeaving, lacks, trouble, hasGenerated } = world;
  if (isLeaving) return removal(world);
  if (operator.metadata.finalizers?.includes(operatorFinalizer) !== true)
    return { steps: [{ type: 'addFinalizer', operator }], outcome: progressing() };
  if (lacks !== undefined)
    return { steps: [], outcome: waitingOn(lacks.on, lacks.reason, lacks.message, recheckSeconds) };
  if (trouble !== undefined) {
    const on = { kind: SecretKind.kind, namespace: exchangeNamespace, name: tfDataSecret };
    return { steps: [], outcome: blockedBy(on, 'BadTunnelInterface', trouble) };
  }
  if (!hasGenerated) return { steps: [{ type: 'generate', operator }], outcome: progressing() };
  return application(world);
}

/** A service is written when those before it are ready. The API is handed over as soon as it serves: vRouters need not wait for OpenStack. */
function application(world: OperatorWorld): Plan<OperatorStep> {
  const steps: OperatorStep[] = [];
  for (const service of world.services) {
    const stale = service.items.filter(({ isCurrent }) => !isCurrent).map(({ wanted }) => wanted);
    if (stale.length > 0) {
      steps.push({ type: 'apply', service: service.name, objects: stale });
      return { steps, outcome: progressing() };
    }
    const late = unreadyOf(service);
    if (late !== undefined && !isRunning(world)) {
      const message = `${service.name}: ${identityOf(late.live)} ${late.why}`;
      return { steps, outcome: waitingOn(referenceTo(late.live), 'NotReady', message, recheckSeconds) };
    }
    if (service.name === 'config' && world.handOver !== undefined)
      steps.push({ type: 'handOver', secret: world.handOver });
  }
  const orphans = world.orphans.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(referenceTo);
  if (orphans.length > 0) steps.push({ type: 'prune', objects: orphans });
  return { steps, outcome: steps.length > 0 ? progressing() : settled };
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

/** First what OpenStack was told, so that nobody builds on it; then workloads; the object last. */
function removal({ operator, handedOver, orphans }: OperatorWorld): Plan<OperatorStep> {
  const objects = [...(handedOver === undefined ? [] : [handedOver]), ...orphans];
  const toDelete = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(referenceTo);
  if (toDelete.length > 0) return { steps: [{ type: 'prune', objects: toDelete }], outcome: progressing() };
  const [left] = objects;
  if (left === undefined) return { steps: [{ type: 'removeFinalizer', operator }], outcome: progressing() };
  const message = `waits for ${identityOf(left)} to be gone`;
  return { steps: [], outcome: waitingOn(referenceTo(left), 'Deleting', message, 10) };
}

/** The first workload of a service that does not run what was applied, and what it lacks. */
export function unreadyOf({ items }: WorldService): { readonly live: KubeObject; readonly why: string } | undefined {
  for (const { live } of items) {
    const why = live === undefined ? undefined : unreadiness(live);
    if (live !== undefined && why !== undefined) return { live, why };
  }
  return undefined;
}

export function referenceTo({ kind, metadata: { namespace, name } }: KubeObject): Reference {
  return { kind, ...(namespace === undefined ? {} : { namespace }), name };
}
