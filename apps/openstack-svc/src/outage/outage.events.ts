import type { Announcement, PlanResult } from '@keelson/reconcile';
import type { OutageStep } from './outage.plan.js';
import type { OutageWorld } from './outage.world.js';

/** What was done to a node that is away, and what keeps it from being done. */
export function outageEvents(
  { node, outage, witness, cloud }: OutageWorld,
  { done, outcome }: PlanResult<OutageStep>,
): readonly Announcement[] {
  const forced = done.filter((step) => step.type === 'remove' && step.isByForce).length;
  const told = done.some(({ type }) => type === 'tell');
  return [
    { type: 'Warning', reason: 'NodeLost', message: `${node} has not been Ready since ${outage.spec.since}` },
    ...(forced > 0 ? [removedByForce(node, forced, witness ?? '')] : []),
    ...(told
      ? [{ type: 'Normal', reason: 'InstanceHATold', message: `Masakari was told that ${node} is down` } as const]
      : []),
    ...(outcome.type === 'settled' && cloud !== undefined && cloud.notification === undefined
      ? [unprotected(node)]
      : []),
    ...(outcome.type === 'blocked'
      ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message } as const]
      : []),
    ...(outcome.type === 'waiting' && (outcome.reason === 'MostNodesAway' || outcome.reason === 'QuorumAtRisk')
      ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message } as const]
      : []),
  ];
}

function unprotected(node: string): Announcement {
  const message = `instances of ${node} stay on it: Masakari does not protect it, or it is on maintenance there`;
  return { type: 'Warning', reason: 'NotProtected', message };
}

function removedByForce(node: string, count: number, witness: string): Announcement {
  const pods = `${count} pod${count === 1 ? '' : 's'}`;
  return { type: 'Warning', reason: 'PodsRemovedByForce', message: `${pods} of ${node} removed by force: ${witness}` };
}
