import { type Pods, podsOf } from '@keelson/mosk';
import type { Item, WorldService } from './rollout.world.js';

/** It is told in steps, so that a status is not written for every pod of thousands. */
const grain = 5;

/** How many pods of the cloud are what is wanted, percent of all; undefined while nothing is rendered, or there are none. */
export function podsPercent(services: readonly WorldService[]): number | undefined {
  const pods = services.flatMap(({ stages }) => stages.flatMap(({ items }) => items.flatMap(podsOfItem)));
  const total = pods.reduce((sum, { wanted }) => sum + wanted, 0);
  const done = pods.reduce((sum, { updated }) => sum + updated, 0);
  return total === 0 ? undefined : Math.floor((100 * done) / total / grain) * grain;
}

/** What still runs as it was before counts as nothing done. */
function podsOfItem({ wanted, live, isCurrent }: Item): readonly Pods[] {
  const pods = podsOf(live ?? wanted);
  return pods === undefined ? [] : [isCurrent ? pods : { ...pods, updated: 0 }];
}
