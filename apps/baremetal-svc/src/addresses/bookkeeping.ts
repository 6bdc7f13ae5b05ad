import { rfc3339 } from '@keelson/std';

/** Version that stands beside the time in IPAM's bookkeeping, as in `2026-01-02T03:04:05Z  v0.1.0`. */
const version = 'v0.1.0';

interface Kept {
  readonly objCreated?: string;
  readonly objUpdated?: string;
  readonly objStatusUpdated?: string;
}

/** Members that every IPAM status carries. `isSame`: nothing else in the status changes, so they do not either. */
export function bookkeeping(before: Kept | undefined, isSame: boolean, now: number): Kept {
  const stamp = `${rfc3339(now)}  ${version}`;
  if (before?.objCreated !== undefined && isSame) return { objCreated: before.objCreated, ...(before.objUpdated === undefined ? {} : { objUpdated: before.objUpdated }), ...(before.objStatusUpdated === undefined ? {} : { objStatusUpdated: before.objStatusUpdated }) };
  return { objCreated: before?.objCreated ?? stamp, objUpdated: stamp, objStatusUpdated: stamp };
}
