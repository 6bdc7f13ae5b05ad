import type { Announcement, Outcome, PlanResult } from '@keelson/reconcile';
import { checkOverrideAnnotation } from '../names.js';
import { assess } from './rollout.plan.js';
import type { RolloutStep } from './rollout.steps.js';
import type { RolloutWorld } from './rollout.world.js';
import { passedOver } from './upgrade-checks.js';

/** What of an apply is worth an operator's attention. */
export function rolloutEvents(world: RolloutWorld, { outcome }: PlanResult<RolloutStep>): readonly Announcement[] {
  return [...overridden(world), ...ordinary(world, outcome)];
}

/** A check that an operator has passed over, told when that is written down. */
function overridden(world: RolloutWorld): readonly Announcement[] {
  return [...passedOver(world)]
    .filter(([name, { release }]) => world.object.status?.services?.[name]?.upgrade_check_overridden !== release)
    .map(([, { project, release, job }]) => ({
      type: 'Warning',
      reason: 'UpgradeCheckOverridden',
      message: `the upgrade check of ${release} for ${project} (Job ${job.metadata.name}) has failed and is passed over, as ${checkOverrideAnnotation} says`,
    }));
}

function ordinary(world: RolloutWorld, outcome: Outcome): readonly Announcement[] {
  const troubles = assess(world).flatMap(({ trouble }) => (trouble === undefined ? [] : [trouble]));
  if (troubles.length > 0) return troubles.map((message) => ({ type: 'Warning', reason: 'ServiceFailed', message }));
  if (outcome.type === 'blocked') return [{ type: 'Warning', reason: outcome.reason, message: outcome.message }];
  const before = world.object.status?.osdpl?.state;
  if (outcome.type === 'settled' && before !== undefined && before !== 'APPLIED' && world.services.length > 0)
    return [{ type: 'Normal', reason: 'Applied', message: 'All services of the cloud are applied.' }];
  return [];
}
