import type { NodeOutage } from '@keelson/api';
import type { StatusOf } from '@keelson/reconcile';
import { decisionOf } from './outage.plan.js';
import type { OutageWorld } from './outage.world.js';

/** How an outage stands. What Masakari was told is kept while it cannot be asked. */
export function outageStatus(world: OutageWorld): StatusOf<NodeOutage> {
  const { pods, witness, cloud, outage, trouble } = world;
  const told = cloud?.notification;
  const notification =
    told !== undefined
      ? { id: told.id, status: told.status }
      : trouble === undefined
        ? undefined
        : outage.status?.notification;
  return {
    state: decisionOf(world).state,
    podsLeft: pods.length,
    ...(witness === undefined ? {} : { witness }),
    ...(notification === undefined ? {} : { notification }),
  };
}
