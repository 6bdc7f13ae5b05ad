import { trackUpdate } from '../apply/track.js';
import { apiVersionOf, type KindDescriptor } from '../kinds/descriptor.js';
import { isFinalized } from '../registry/admit.js';
import { type Registry, timestamp } from '../registry/context.js';
import { type Draft, freezeDeep, type Stored } from '../storage/stored.js';

/** As whom the engine writes, where what it writes shall be somebody's. */
export interface Writer {
  readonly manager: string;
  /** Empty for the main resource. */
  readonly subresource: string;
}

/**
 * Stores the engine's own change of an object, planned against `head` in this same turn. An object that nothing keeps any
 * longer is removed. What is taken away is nobody's any more; what is added is the writer's.
 */
export function rewrite(
  registry: Registry,
  resource: string,
  head: Stored,
  next: Draft & { readonly metadata: Stored['metadata'] },
  writer?: Writer,
): Promise<Stored> {
  const { finalizers, ownerReferences, ...rest } = next.metadata;
  const metadata = {
    ...rest,
    ...(finalizers === undefined || finalizers.length === 0 ? {} : { finalizers }),
    ...(ownerReferences === undefined || ownerReferences.length === 0 ? {} : { ownerReferences }),
  };
  const changed = { ...next, apiVersion: head.apiVersion, kind: head.kind, metadata };
  const kind = registry.kinds.byKind(head.apiVersion, head.kind);
  const object = freezeDeep(
    kind === undefined || writer === undefined ? changed : owned(registry, kind, head, changed, writer),
  );
  return registry.store.write({ type: isFinalized(object) ? 'delete' : 'put', resource, object, previous: head });
}

function owned(registry: Registry, kind: KindDescriptor, head: Stored, changed: Stored, writer: Writer): Stored {
  const { manager, subresource } = writer;
  const managedFields = trackUpdate({
    schema: kind.schema,
    before: head,
    after: changed,
    manager,
    apiVersion: apiVersionOf(kind),
    subresource,
    now: timestamp(registry),
  });
  const { managedFields: _before, ...metadata } = changed.metadata;
  return { ...changed, metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields } };
}
