import { finalizers } from '@keelson/api';
import type { UpdateWorld } from './plan.observe.js';
import { hasSteps, isWritten } from './plan.standing.js';
import type { UpdateStepToDo } from './plan.steps.js';

/** A plan that is under way stays until its update is over: without it, machines would have their turn in no order. */
export function isHeld({ plan }: UpdateWorld): boolean {
  return plan.metadata.finalizers?.includes(finalizers.updatePlan) === true;
}

/** Whoever deletes the plan has it gone now: nothing is under way, or its cluster goes too. What has begun is finished. */
export function isGoing(world: UpdateWorld): boolean {
  return world.plan.metadata.deletionTimestamp !== undefined && (isFree(world) || !isHeld(world));
}

/** Holds a plan that nobody holds yet. */
export function holds(world: UpdateWorld): readonly UpdateStepToDo[] {
  const { plan } = world;
  return isHeld(world) || plan.metadata.deletionTimestamp !== undefined ? [] : [{ type: 'hold', plan }];
}

/** Lets go of a plan of which nothing is under way. */
export function letsGo(world: UpdateWorld): readonly UpdateStepToDo[] {
  return isHeld(world) && isFree(world) ? [{ type: 'let-go', plan: world.plan }] : [];
}

/** Nothing of the update is under way, or its cluster goes too. */
export function isFree(world: UpdateWorld): boolean {
  const { plan, cluster } = world;
  if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined) return true;
  return plan.status?.status === 'Completed' || (!hasSteps(plan) && !isWritten(world));
}
