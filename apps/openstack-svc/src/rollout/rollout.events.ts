import type { Announcement, PlanResult } from '@keelson/reconcile';
import { assess } from './rollout.plan.js';
import type { RolloutStep } from './rollout.steps.js';
import type { RolloutWorld } from './rollout.world.js';

/** What of an apply is worth an operator's attention. */
export function rolloutEvents(world: RolloutWorld, { outcome }: PlanResult<RolloutStep>): readonly Announcement[] {
  const troubles = assess(world).flatMap(({ trouble }) => (trouble === undefined ? [] : [trouble]));
  if (troubles.length > 0) return troubles.map((message) => ({ type: 'Warning', reason: 'ServiceFailed', message }));
  if (outcome.type === 'blocked') return [{ type: 'Warning', reason: outcome.reason, message: outcome.message }];
  const before = world.object.status?.osdpl?.state;
  if (outcome.type === 'settled' && before !== undefined && before !== 'APPLIED' && world.services.length > 0)
    return [{ type: 'Normal', reason: 'Applied', message: 'All services of the cloud are applied.' }];
  return [];
}
