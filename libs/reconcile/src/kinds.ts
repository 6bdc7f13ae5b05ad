import type { Kind, KubeObject } from '@keelson/api';

/** A kind's name in maps: versions of one kind are the same. */
export function kindId(kind: Pick<Kind, 'group' | 'kind'>): string {
  let id = ids.get(kind);
  if (id === undefined) ids.set(kind, (id = `${kind.group}/${kind.kind}`));
  return id;
}

/** Every read of a cache asks for one, of the same few declarations. */
const ids = new WeakMap<object, string>();

/** True when version `a` of an object is later than `b`. Versions are numbers, as Kubernetes promises since 1.35. */
export function isLater(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || a === b) return false;
  if (b === undefined) return true;
  return a.length === b.length ? a > b : a.length > b.length;
}

/** Sorts objects by their creation, then by name. */
export function orderOf(object: KubeObject): string {
  return `${object.metadata.creationTimestamp ?? ''} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
