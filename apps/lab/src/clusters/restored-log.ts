import { type LogEntry, type ObjectLog, memoryLog } from '@keelson/kube-server';
import type { SavedObjects } from './child-api.js';

/**
 * How far revisions jump over what a snapshot may have missed: whoever watched before then finds its version too old and
 * lists again, and no version is given out twice.
 */
const leap = 1_000_000;

/** A log in memory that begins with the objects of a snapshot. */
export function restoredLog(saved: SavedObjects): ObjectLog {
  const all = Object.values(saved).flat();
  if (all.length === 0) return memoryLog();
  const newest = all.reduce((most, object) => Math.max(most, Number(object.metadata.resourceVersion)), 0);
  const revision = newest + leap;
  const inner = memoryLog({ revision });
  const filled = fill(inner, saved, revision);
  return {
    async open() {
      await filled;
      return inner.open();
    },
    append: (entries) => inner.append(entries),
    compact: (upTo, floors) => inner.compact(upTo, floors),
    close: () => inner.close(),
  };
}

/** Objects keep their own versions; everything before `revision` counts as forgotten. */
async function fill(log: ObjectLog, saved: SavedObjects, revision: number): Promise<void> {
  const entries = Object.entries(saved).flatMap(([resource, objects]) =>
    objects.map((object): LogEntry => {
      const { name, namespace = '' } = object.metadata;
      return { revision, resource, namespace, name, type: 'put', object, previous: undefined };
    }),
  );
  await log.append(entries);
  await log.compact(revision, new Map(Object.keys(saved).map((resource) => [resource, revision])));
}
