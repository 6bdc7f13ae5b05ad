import type { KubeObject } from '@keelson/api';
import { isAtRest, stateOf } from '../host/host.observe.js';
import type { InventoryWorld } from './inventory.observe.js';

/** A state that a host goes through faster is not repeated: each repetition is one write more, which nobody gets to read. */
const shownAfterSeconds = 10;

/** For how long what the host says is not repeated yet, because it is likely to be over by then; 0 when it is to be shown. */
export function passingSeconds({ now, inventory, host }: InventoryWorld): number {
  if (host === undefined || isLeaving(inventory) || isLeaving(host) || host.status?.errorType !== undefined) return 0;
  const since = host.status?.progress?.since ?? host.metadata.creationTimestamp;
  if (since === undefined || (host.status !== undefined && isAtRest(stateOf(host)))) return 0;
  return Math.max(0, shownAfterSeconds - (now - Date.parse(since)) / 1000);
}

function isLeaving({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}
