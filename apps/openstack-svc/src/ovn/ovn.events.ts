import type { Announcement, PlanResult } from '@keelson/reconcile';
import type { WriteStep } from '../keepers/memory-map.js';
import type { OvnWorld } from './ovn.world.js';

/** That a database of OVN has lost its leader, what is done about it, and what only a person can do. */
export function ovnEvents(_: OvnWorld, { outcome }: PlanResult<WriteStep>): readonly Announcement[] {
  if (outcome.type === 'progressing' && outcome.message !== undefined)
    return [{ type: 'Normal', reason: 'OvnDatabase', message: outcome.message }];
  return outcome.type === 'blocked' ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message }] : [];
}
