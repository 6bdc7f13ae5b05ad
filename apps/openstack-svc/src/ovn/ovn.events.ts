import type { Announcement, PlanResult } from '@keelson/reconcile';
import type { WriteStep } from '../keepers/memory-map.js';
import type { OperationStep } from '../operations/operation.js';
import type { OvnWorld } from './ovn.world.js';

/** What an occasion on which the northbound database is filled leaves when its Job has failed. */
const failures = ['nb.refill-after', 'nb.refill-failed'];

/** That a database of OVN has lost its leader, what is done about it, and what only a person can do. */
export function ovnEvents(
  world: OvnWorld,
  { outcome, plan }: PlanResult<WriteStep | OperationStep>,
): readonly Announcement[] {
  if (outcome.type === 'progressing' && outcome.message !== undefined) {
    const hasFailed = plan.steps.some(
      (step) =>
        step.type === 'write' &&
        failures.some((key) => step.data[key] !== undefined && step.data[key] !== world.data[key]),
    );
    const told = { reason: hasFailed ? 'RefillFailed' : 'OvnDatabase', message: outcome.message };
    return [{ type: hasFailed ? 'Warning' : 'Normal', ...told }];
  }
  return outcome.type === 'blocked' ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message }] : [];
}
