import { isFinalized } from '../registry/admit.js';
import type { Registry } from '../registry/context.js';
import { type Draft, freezeDeep, type Stored } from '../storage/stored.js';

/**
 * Stores the engine's own change of an object, planned against `head` in this same turn. An object that nothing keeps any
 * longer is removed.
 */
export function rewrite(
  registry: Registry,
  resource: string,
  head: Stored,
  next: Draft & { readonly metadata: Stored['metadata'] },
): Promise<Stored> {
  const { finalizers, ...rest } = next.metadata;
  const metadata = finalizers === undefined || finalizers.length === 0 ? rest : next.metadata;
  const object = freezeDeep({ ...next, apiVersion: head.apiVersion, kind: head.kind, metadata });
  return registry.store.write({ type: isFinalized(object) ? 'delete' : 'put', resource, object, previous: head });
}
