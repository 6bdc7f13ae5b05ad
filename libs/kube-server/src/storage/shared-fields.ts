import { freezeDeep, type ManagedFieldsEntry, type Stored } from './stored.js';

type FieldsV1 = NonNullable<ManagedFieldsEntry['fieldsV1']>;

/** How many are remembered, the latest; a set takes one to two kilobytes. */
const maxShared = 2000;
const shared = new Map<string, FieldsV1>();

/** An equal set of fields, the same for all objects: those of one kind and writer mostly own the same fields. */
export function sharedFields(fields: FieldsV1): FieldsV1 {
  const text = JSON.stringify(fields);
  const known = shared.get(text);
  if (known !== undefined) return known;
  const [oldest] = shared.size < maxShared ? [] : shared.keys();
  if (oldest !== undefined) shared.delete(oldest);
  shared.set(text, freezeDeep(fields));
  return fields;
}

/** An object as it was read, with fields it shares with others. */
export function withSharedFields(object: Stored): Stored {
  const { managedFields } = object.metadata;
  if (managedFields === undefined) return object;
  const entries = managedFields.map((entry) =>
    entry.fieldsV1 === undefined ? entry : { ...entry, fieldsV1: sharedFields(entry.fieldsV1) },
  );
  return { ...object, metadata: { ...object.metadata, managedFields: entries } };
}
