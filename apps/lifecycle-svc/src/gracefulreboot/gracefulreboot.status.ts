import type { GracefulRebootRequest } from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import type { RebootWorld } from './gracefulreboot.observe.js';
import { isFor, isPending } from './gracefulreboot.plan.js';
import type { RebootStep } from './gracefulreboot.steps.js';

export function rebootStatus(
  world: RebootWorld,
  { outcome }: PlanResult<RebootStep>,
): NonNullable<GracefulRebootRequest['status']> | undefined {
  if (outcome.type === 'progressing' || world.request.metadata.deletionTimestamp !== undefined) return undefined;
  const marked = world.machines.filter((machine) => isFor(world, machine));
  return {
    phase: outcome.type === 'blocked' ? 'Blocked' : marked.length === 0 ? 'Waiting' : 'Rebooting',
    done: marked.filter((machine) => !isPending(machine)).length,
    total: world.machines.length,
  };
}
