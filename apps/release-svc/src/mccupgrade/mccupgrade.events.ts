import type { Announcement, PlanResult } from '@keelson/reconcile';
import type { MccWorld } from './mccupgrade.observe.js';
import { type MccStep, mccSteps } from './mccupgrade.steps.js';

/** Events of the roll: each service that is moved, and what stops it. */
export function mccEvents(_world: MccWorld, { done, outcome }: PlanResult<MccStep>): readonly Announcement[] {
  const moved = done.flatMap((step): Announcement[] =>
    step.type === 'roll' ? [{ type: 'Normal', reason: 'ServiceMoved', message: mccSteps.roll.describe(step) }] : [],
  );
  if (outcome.type !== 'blocked') return moved;
  return [...moved, { type: 'Warning', reason: outcome.reason, message: outcome.message }];
}
