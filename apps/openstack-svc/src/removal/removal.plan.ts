import type { KubeObject, OpenStackDeployment } from '@keelson/api';
import { identityOf } from '@keelson/mosk';
import { type Announcement, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { referenceTo } from '../rollout/assessment.js';
import type { RemovalStep } from './removal.steps.js';
import type { RemovalWorld } from './removal.world.js';

/** By it Rockoon holds its clouds: one that was made by it is let go by the same name. */
export const deploymentFinalizer = 'lcm.mirantis.com/rockoon.osdpl-finalizer';
/** A deletion ends after so long, whatever is left. */
export const removalDeadlineSeconds = 1800;
const recheckSeconds = 10;

/** Holds a cloud that makes something, and lets it go when nothing of it would stay behind, or its time is over. Pure. */
export function planRemoval(world: RemovalWorld): Plan<RemovalStep> {
  const { deployment, isTakenUp } = world;
  const isHeld = isHeldBack(deployment);
  if (deployment.metadata.deletionTimestamp === undefined) {
    if (isHeld || !isTakenUp) return { steps: [], outcome: settled };
    return { steps: [{ type: 'hold', deployment }], outcome: progressing() };
  }
  return isHeld ? removal(world) : { steps: [], outcome: settled };
}

function removal(world: RemovalWorld): Plan<RemovalStep> {
  const { deployment, handedOver, beside } = world;
  const [first] = leftIn(world);
  if (first === undefined || isOverdue(world))
    return { steps: [{ type: 'letGo', deployment }], outcome: progressing() };
  const doomed = [...handedOver, ...beside].filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (doomed.length > 0) return { steps: doomed.map((object) => ({ type: 'remove', object })), outcome: progressing() };
  const until = new Date(deadlineOf(world)).toISOString();
  const message = `The cloud is deleted when ${textOf(first)} is gone, and at ${until} in any case; to end it before that, take the finalizer ${deploymentFinalizer} away: what is left then must be deleted by hand.`;
  return { steps: [], outcome: waitingOn(referenceTo(first), 'Deleting', message, recheckSeconds) };
}

/** What stays behind is told where the cloud was. */
export function removalEvents(world: RemovalWorld): readonly Announcement[] {
  const { deployment } = world;
  const left = leftIn(world);
  if (!isHeldBack(deployment) || !isOverdue(world) || left.length === 0) return [];
  const names = left.slice(0, 5).map(textOf).join(', ');
  const more = left.length > 5 ? ` and ${left.length - 5} more` : '';
  const message = `${deployment.metadata.name} is let go ${removalDeadlineSeconds / 60} minutes after its deletion, and leaves behind ${names}${more}: delete them by hand`;
  return [{ type: 'Warning', reason: 'LeftBehind', message }];
}

/** Whether the finalizer of this service is on it. */
export function isHeldBack({ metadata }: OpenStackDeployment): boolean {
  return metadata.finalizers?.includes(deploymentFinalizer) === true;
}

function leftIn({ handedOver, beside, locks }: RemovalWorld): readonly KubeObject[] {
  return [...handedOver, ...beside, ...locks];
}

function isOverdue(world: RemovalWorld): boolean {
  return world.now >= deadlineOf(world);
}

function deadlineOf({ deployment, now }: RemovalWorld): number {
  const { deletionTimestamp } = deployment.metadata;
  return deletionTimestamp === undefined ? now + 1 : Date.parse(deletionTimestamp) + removalDeadlineSeconds * 1000;
}

function textOf(object: KubeObject): string {
  const others = object.metadata.finalizers ?? [];
  return others.length === 0 ? identityOf(object) : `${identityOf(object)} (held by ${others.join(', ')})`;
}
