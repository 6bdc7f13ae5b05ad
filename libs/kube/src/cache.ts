import type { Kind, KubeObject, ObjectKey } from '@keelson/api';

/** A read-only, indexed copy of all objects of a kind, kept current by a watch. */
export interface KindCache<T extends KubeObject> {
  get(key: ObjectKey): T | undefined;
  list(namespace?: string): readonly T[];
  /** Objects whose index function gave `value`. */
  byIndex(index: string, value: string): readonly T[];
}

/** Caches of a service, one informer per kind however many readers there are. Objects are frozen: never change one. */
export interface CacheSet {
  /** The cache of a kind that was declared as an input; throws for any other. */
  of<T extends KubeObject>(kind: Kind<T>): KindCache<T>;
}

export type IndexFunction<T> = (object: T) => readonly string[];
