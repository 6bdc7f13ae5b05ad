import type { LCMClusterState } from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import { attemptOf } from './lcmclusterstate.plan.js';
import { drainDeadlineSeconds } from './lcmclusterstate.states.js';
import type { LcmClusterStateWorld } from './lcmclusterstate.observe.js';
import type { LcmClusterStateStep } from './lcmclusterstate.steps.js';

type Status = NonNullable<LCMClusterState['status']>;

/**
 * The value in effect follows the one asked for once nothing is left to do; until then it says why not. Attempts that failed are
 * counted, and stay shown with what came of them.
 */
export function lcmClusterStateStatus(
  world: LcmClusterStateWorld,
  { outcome }: PlanResult<LcmClusterStateStep>,
): Status | undefined {
  const { state } = world;
  if (outcome.type === 'progressing' || state.spec.type !== 'cordon-drain') return undefined;
  const count = attemptOf(world);
  const attempt = count === 1 ? {} : { attempt: count };
  if (outcome.type === 'settled') return { value: state.spec.value, ...attempt };
  return { value: state.spec.value === 'true' ? 'false' : 'true', message: outcome.message, ...attempt };
}

/** What the attempt before this one failed of; undefined while the first goes on, or once the node is drained. */
export function failedAttempt({ spec, status }: LCMClusterState): string | undefined {
  const { value, attempt = 1, message = 'no reason given' } = status ?? {};
  if (spec.value !== 'true' || value === 'true' || attempt === 1) return undefined;
  return `attempt ${attempt - 1} to drain its node failed after ${drainDeadlineSeconds / 60} minutes, and it is tried on: ${message}`;
}
