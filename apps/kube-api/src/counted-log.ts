import type { ObjectLog } from '@keelson/kube-server';

/** How much was written to a log since this process started. */
export interface WriteCounts {
  /** Entries: one for each object that was created, changed or deleted. */
  writes: number;
  /** Commits: several entries may share one. */
  commits: number;
  /** Entries by resource, such as `baremetalhosts.metal3.io`. */
  readonly byResource: Record<string, number>;
}

export function noWrites(): WriteCounts {
  return { writes: 0, commits: 0, byResource: {} };
}

/** A log that counts what goes through it. */
export function countedLog(inner: ObjectLog, counts: WriteCounts): ObjectLog {
  return {
    open: () => inner.open(),
    async append(entries) {
      await inner.append(entries);
      counts.writes += entries.length;
      counts.commits += 1;
      for (const { resource } of entries) counts.byResource[resource] = (counts.byResource[resource] ?? 0) + 1;
    },
    compact: (revision, floors) => inner.compact(revision, floors),
    close: () => inner.close(),
    ...(inner.onInterrupted === undefined
      ? {}
      : { onInterrupted: (run: (error: Error) => void) => inner.onInterrupted?.(run) }),
  };
}
