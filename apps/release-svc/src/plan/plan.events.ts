import type { Announcement } from '@keelson/reconcile';
import { alertsLack } from './plan.alerts.js';
import type { UpdateWorld } from './plan.observe.js';
import { standings } from './plan.standing.js';

/** Steps that begin, end or fail. */
export function updateEvents(world: UpdateWorld): readonly Announcement[] {
  const lack = alertsLack(world);
  return standings(world).flatMap(({ step, before, status, message }): Announcement[] => {
    if ((before?.status ?? 'NotStarted') === status) return [];
    if (status === 'Failed') return [{ type: 'Warning', reason: 'StepFailed', message: `${step.id}: ${message}` }];
    if (status === 'InProgress')
      return [
        { type: 'Normal', reason: 'StepStarted', message: `${step.id} has begun` },
        ...(lack === undefined
          ? []
          : [{ type: 'Warning' as const, reason: 'AlertsUnknown', message: `${step.id} has begun, and ${lack}` }]),
      ];
    return status === 'Completed' ? [{ type: 'Normal', reason: 'StepCompleted', message: `${step.id} is done` }] : [];
  });
}
