import { isObject, joinPath, rootMembers, type StructuralSchema } from './schema.js';

/**
 * Drops what the schema does not know. Parts without such members are shared with the input, not copied.
 *
 * @returns the pruned value, and the paths of what was dropped, as `spec.zz`
 */
export function prune(schema: StructuralSchema, value: Record<string, unknown>): { value: Record<string, unknown>; unknown: string[] } {
  const unknown: string[] = [];
  return { value: pruneObject(schema, value, '', true, unknown), unknown: unknown.sort() };
}

function pruneObject(schema: StructuralSchema, value: Record<string, unknown>, path: string, isRoot: boolean, unknown: string[]): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
  for (const name of Object.keys(value)) {
    if (isRoot && rootMembers.has(name)) continue;
    const own = schema.properties?.[name];
    const others = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    const below = own ?? others;
    if (below === undefined) {
      if (keepsUnknown) continue;
      unknown.push(joinPath(path, name));
      copy ??= { ...value };
      delete copy[name];
      continue;
    }
    const pruned = pruneValue(below, value[name], joinPath(path, name), unknown);
    if (pruned !== value[name]) (copy ??= { ...value })[name] = pruned;
  }
  return copy ?? value;
}

function pruneValue(schema: StructuralSchema, value: unknown, path: string, unknown: string[]): unknown {
  if (isObject(value)) return pruneObject(schema, value, path, schema['x-kubernetes-embedded-resource'] === true, unknown);
  if (!Array.isArray(value) || schema.items === undefined) return value;
  const items = schema.items;
  let copy: unknown[] | undefined;
  value.forEach((item, i) => {
    const pruned = pruneValue(items, item, `${path}[${i}]`, unknown);
    if (pruned !== item) (copy ??= [...(value as unknown[])])[i] = pruned;
  });
  return copy ?? value;
}
