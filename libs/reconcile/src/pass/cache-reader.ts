import type { Kind, KubeObject, ObjectKey } from '@keelson/api';
import type { CacheSet } from '@keelson/kube';
import type { Reader } from '../reconciler.js';
import type { OwnWrites } from './own-writes.js';
import { indexName, type Scope } from './scope.js';

/** Reads the declared kinds of one reconciler from the caches, with what this process wrote since laid over them. */
export function cacheReader(caches: CacheSet, written: OwnWrites, scope: Scope, now: number): Reader {
  return {
    now,
    get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): T | undefined {
      scope.mustRead(kind);
      return written.latest(kind, key, caches.of(kind).get(key));
    },
    list<T extends KubeObject>(kind: Kind<T>, namespace?: string): readonly T[] {
      scope.mustRead(kind);
      const cache = caches.of(kind);
      const isWanted = (object: T): boolean => namespace === undefined || object.metadata.namespace === namespace;
      return written.over(kind, cache.list(namespace), isWanted, (key) => cache.get(key));
    },
    byIndex<T extends KubeObject>(kind: Kind<T>, index: string, value: string): readonly T[] {
      scope.mustRead(kind);
      const valuesOf = scope.indexOf(kind, index);
      const cache = caches.of(kind);
      const found = cache.byIndex(indexName(scope.reconciler, index), value);
      return written.over(
        kind,
        found,
        (object) => valuesOf(object).includes(value),
        (key) => cache.get(key),
      );
    },
  };
}
