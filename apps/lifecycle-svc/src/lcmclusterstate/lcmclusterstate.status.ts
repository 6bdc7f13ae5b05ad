import type { LCMClusterState } from '@keelson/api';
import type { PlanResult } from '@keelson/reconcile';
import type { LcmClusterStateWorld } from './lcmclusterstate.observe.js';
import type { LcmClusterStateStep } from './lcmclusterstate.steps.js';

type Status = NonNullable<LCMClusterState['status']>;

/** The value in effect follows the one asked for once nothing is left to do; until then it says why not. */
export function lcmClusterStateStatus(
  { state }: LcmClusterStateWorld,
  { outcome }: PlanResult<LcmClusterStateStep>,
): Status | undefined {
  if (outcome.type === 'progressing' || state.spec.type !== 'cordon-drain') return undefined;
  if (outcome.type === 'settled') return { value: state.spec.value };
  return { value: state.spec.value === 'true' ? 'false' : 'true', message: outcome.message };
}
