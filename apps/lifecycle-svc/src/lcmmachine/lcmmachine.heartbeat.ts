import { heartbeatLeaseSeconds } from '@keelson/agent';
import type { Lease } from '@keelson/api';
import { rfc3339 } from '@keelson/std';

/** Whether an agent that has reported before is still heard, by its Lease. */
export type Heartbeat = { readonly heard: true } | { readonly heard: false; readonly message: string };

/** When an agent was last heard, milliseconds since the epoch; undefined when it never was. */
export function lastHeard(lease: Lease | undefined): number | undefined {
  const last = Date.parse(lease?.spec.renewTime ?? '');
  return Number.isNaN(last) ? undefined : last;
}

/** Seconds until the agent would be missed if it were not heard again. */
export function secondsUntilMissed(lease: Lease | undefined, now: number): number {
  return Math.max(1, ((lastHeard(lease) ?? now) + patienceMs(lease) - now) / 1000 + 1);
}

function patienceMs(lease: Lease | undefined): number {
  return (lease?.spec.leaseDurationSeconds ?? heartbeatLeaseSeconds) * 1000;
}

export function heartbeatOf(machine: string, lease: Lease | undefined, now: number): Heartbeat {
  const last = lastHeard(lease);
  if (last === undefined)
    return {
      heard: false,
      message: `the agent of ${machine} has no Lease: it does not run, or cannot reach the management API`,
    };
  const age = now - last;
  if (age <= patienceMs(lease)) return { heard: true };
  return {
    heard: false,
    message: `the agent of ${machine} is silent since ${rfc3339(last)}: its host is down, hangs or has lost the network`,
  };
}
