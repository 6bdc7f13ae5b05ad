import type { Announcement, PlanResult } from '@keelson/reconcile';
import type { WriteStep } from '../keepers/memory-map.js';
import type { GaleraWorld } from './galera.world.js';

/** The fall of the database and its return are an operator's business; that it serves is not. */
export function galeraEvents(world: GaleraWorld, { outcome }: PlanResult<WriteStep>): readonly Announcement[] {
  if (world.ready > 0 || world.data['initialised'] !== 'true') return [];
  if (outcome.type === 'progressing')
    return [
      { type: 'Warning', reason: 'DatabaseDown', message: outcome.message ?? 'no member of the database serves' },
    ];
  return outcome.type === 'blocked' ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message }] : [];
}
