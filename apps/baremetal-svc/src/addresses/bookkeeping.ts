import { equalJson, rfc3339 } from '@keelson/std';

/** Version that stands beside the time in IPAM's bookkeeping, as in `2026-01-02T03:04:05Z  v0.1.0`. */
const version = 'v0.1.0';

interface Kept {
  readonly objCreated?: string | undefined;
  readonly objUpdated?: string | undefined;
  readonly objStatusUpdated?: string | undefined;
}

/**
 * A status with the bookkeeping that every IPAM status carries. The stamps move only when something else in it does;
 * `progress` is the kit's and does not count.
 */
export function bookKept<S extends object>(before: Kept | undefined, status: S, now: number): S & Kept {
  const stamp = `${rfc3339(now)}  ${version}`;
  const { objCreated, objUpdated, objStatusUpdated } = before ?? {};
  const kept = { objCreated, objUpdated, objStatusUpdated };
  const isSame =
    objCreated !== undefined &&
    equalJson(
      { ...before, objCreated: undefined, objUpdated: undefined, objStatusUpdated: undefined, progress: undefined },
      status,
    );
  const stamps = isSame ? kept : { objCreated: objCreated ?? stamp, objUpdated: stamp, objStatusUpdated: stamp };
  return { ...status, ...Object.fromEntries(Object.entries(stamps).filter(([, value]) => value !== undefined)) };
}
