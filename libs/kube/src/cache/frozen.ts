import type { KubeObject } from '@keelson/api';

/**
 * The form in which objects are cached: frozen through and through and without managedFields, which are often larger
 * than the rest and which only servers read. What is frozen already is shared, not copied.
 */
export function cachedForm<T extends KubeObject>(object: T): T {
  const { managedFields, ...metadata } = object.metadata;
  return freezeDeep(managedFields === undefined ? object : { ...object, metadata });
}

/** A frozen value is taken to be frozen below too: everything that is frozen here is. */
function freezeDeep<V>(value: V): V {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freezeDeep(member);
  return Object.freeze(value);
}
