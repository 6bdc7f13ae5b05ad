import { canonicalJson } from '@keelson/std';
import { struct } from '../kinds/schema-words.js';
import { isObject, memberSchema, type StructuralSchema } from '../schema/schema.js';

/** How a value takes part in merging and ownership. */
export type Shape = 'leaf' | 'map' | 'set' | 'mapList';

/** The shape of a value by its schema; without one it is deduced: maps are granular, lists atomic. */
export function shapeOf(schema: StructuralSchema | undefined, value: unknown): Shape {
  if (Array.isArray(value)) {
    const type = schema?.['x-kubernetes-list-type'];
    if (type === 'set') return 'set';
    return type === 'map' && schema?.['x-kubernetes-list-map-keys'] !== undefined ? 'mapList' : 'leaf';
  }
  if (!isObject(value)) return 'leaf';
  return schema?.['x-kubernetes-map-type'] === 'atomic' ? 'leaf' : 'map';
}

/** The path element of an item of a set or a map list. Missing keys are filled from the schema's defaults. */
export function itemElement(schema: StructuralSchema | undefined, item: unknown): string {
  const keys = schema?.['x-kubernetes-list-map-keys'];
  if (schema?.['x-kubernetes-list-type'] !== 'map' || keys === undefined) return `v:${JSON.stringify(item)}`;
  const id: Record<string, unknown> = {};
  for (const key of [...keys].sort()) {
    const value = isObject(item) ? (item[key] ?? schema.items?.properties?.[key]?.default) : undefined;
    if (value !== undefined) id[key] = value;
  }
  return `k:${canonicalJson(id)}`;
}

export function childSchema(schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined {
  return memberSchema(schema, name);
}

/** Whether a member is a field of a declared structure and not an entry of a map. */
export function isDeclared(schema: StructuralSchema | undefined, name: string): boolean {
  return schema?.properties?.[name] !== undefined;
}

const metadata: StructuralSchema = struct({
  labels: { type: 'object', additionalProperties: { type: 'string' } },
  annotations: { type: 'object', additionalProperties: { type: 'string' } },
  finalizers: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
  ownerReferences: {
    type: 'array',
    items: { type: 'object', 'x-kubernetes-map-type': 'atomic', 'x-kubernetes-preserve-unknown-fields': true },
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['uid'],
  },
});

const described = new WeakMap<StructuralSchema, StructuralSchema>();

/** The schema of a kind with that of metadata in it. */
export function withMetadata(schema: StructuralSchema): StructuralSchema {
  let whole = described.get(schema);
  if (whole === undefined) {
    whole = { ...schema, properties: { ...schema.properties, metadata } };
    described.set(schema, whole);
  }
  return whole;
}

/** Members that no manager owns. */
export const unownedMeta: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
]);

/** The path of a member, as far as `isUnowned` looks: deeper ones are not told apart. */
export function below(path: readonly string[], element: string): readonly string[] {
  return path.length < 2 ? [...path, element] : path;
}

/** Whether the member at this depth is one that no manager owns. */
export function isUnowned(path: readonly string[], name: string): boolean {
  if (path.length === 0) return name === 'apiVersion' || name === 'kind';
  return path.length === 1 && path[0] === 'f:metadata' && unownedMeta.has(name);
}
