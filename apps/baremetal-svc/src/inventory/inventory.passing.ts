import type { KubeObject } from '@keelson/api';
import { isAtRest, stateOf } from '../host/host.observe.js';
import type { InventoryWorld } from './inventory.observe.js';

/** A state that a host goes through faster is not repeated: each repetition is one write more, which nobody gets to read. */
const shownAfterSeconds = 10;
/** A new host that nobody has looked at is one of many; its inventory has nothing to tell yet. */
const unseenSeconds = 30;

/** For how long what the host says is not repeated yet, because it is likely to be over by then; 0 when it is to be shown. */
export function passingSeconds({ now, inventory, host, credential }: InventoryWorld): number {
  if (isLeaving(inventory)) return 0;
  // The password of a new credential is about to be moved.
  if (host === undefined) return credential === undefined ? 0 : secondsLeft(now, inventory.metadata.creationTimestamp);
  if (isLeaving(host) || host.status?.errorType !== undefined) return 0;
  if (host.status === undefined) return secondsLeft(now, host.metadata.creationTimestamp, unseenSeconds);
  return isAtRest(stateOf(host)) ? 0 : secondsLeft(now, host.status.progress?.since);
}

function secondsLeft(now: number, since: string | undefined, most = shownAfterSeconds): number {
  return since === undefined ? 0 : Math.max(0, most - (now - Date.parse(since)) / 1000);
}

function isLeaving({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}
