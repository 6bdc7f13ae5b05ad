import type { StructuralSchema } from '../schema/schema.js';

/** Words to write the schemas of built-in kinds with. */

type Properties = Readonly<Record<string, StructuralSchema>>;

export const text: StructuralSchema = { type: 'string' };
export const integer: StructuralSchema = { type: 'integer', format: 'int32' };
export const long: StructuralSchema = { type: 'integer', format: 'int64' };
export const flag: StructuralSchema = { type: 'boolean' };
export const bytes: StructuralSchema = { type: 'string', format: 'byte' };
export const time: StructuralSchema = { type: 'string', format: 'date-time', nullable: true };
export const intOrString: StructuralSchema = { 'x-kubernetes-int-or-string': true };
export const quantity: StructuralSchema = { 'x-kubernetes-int-or-string': true };
/** Anything at all, kept as it is. */
export const anything: StructuralSchema = { 'x-kubernetes-preserve-unknown-fields': true };
/** An object whose members are not described. */
export const freeForm: StructuralSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export const struct = (properties: Properties, more: Partial<StructuralSchema> = {}): StructuralSchema => ({
  type: 'object',
  properties,
  ...more,
});
/** An object of which only some members are described; the others are kept. */
export const open = (properties: Properties): StructuralSchema =>
  struct(properties, { 'x-kubernetes-preserve-unknown-fields': true });
export const mapOf = (values: StructuralSchema): StructuralSchema => ({ type: 'object', additionalProperties: values });
export const listOf = (items: StructuralSchema): StructuralSchema => ({
  type: 'array',
  items,
  'x-kubernetes-list-type': 'atomic',
});
export const setOf = (items: StructuralSchema): StructuralSchema => ({
  type: 'array',
  items,
  'x-kubernetes-list-type': 'set',
});
export const mapList = (keys: readonly string[], items: StructuralSchema): StructuralSchema => ({
  type: 'array',
  items,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
});
export const described = (description: string, schema: StructuralSchema): StructuralSchema => ({
  ...schema,
  description,
});

export const texts = listOf(text);
export const labels = mapOf(text);
/** Pieces of an object that cannot be divided: references and selectors. */
export const atomic = (properties: Properties): StructuralSchema =>
  struct(properties, { 'x-kubernetes-map-type': 'atomic' });

export const labelSelector = atomic({
  matchLabels: labels,
  matchExpressions: listOf(struct({ key: text, operator: text, values: texts })),
});
export const objectReference = atomic({
  apiVersion: text,
  kind: text,
  namespace: text,
  name: text,
  uid: text,
  resourceVersion: text,
  fieldPath: text,
});
export const localReference = atomic({ name: text });

/** metav1.Condition and its like. */
export const conditions = mapList(
  ['type'],
  struct({
    type: text,
    status: text,
    reason: text,
    message: text,
    observedGeneration: long,
    lastTransitionTime: time,
    lastUpdateTime: time,
    lastProbeTime: time,
    lastHeartbeatTime: time,
  }),
);

/**
 * Structures that are plain members of their Go type, not pointers: they are always there, so a write that fills them does
 * not own the structure itself (seen on a 1.33 server).
 */
const plainStructs = new WeakSet<StructuralSchema>();

export function plain(schema: StructuralSchema): StructuralSchema {
  plainStructs.add(schema);
  return schema;
}

export function isPlain(schema: StructuralSchema | undefined): boolean {
  return schema !== undefined && plainStructs.has(schema);
}
