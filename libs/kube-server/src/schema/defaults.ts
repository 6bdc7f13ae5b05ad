import { isObject, memberSchema, type StructuralSchema } from './schema.js';

/** Fills absent members that have a default, top down; a null with a default is replaced unless nullable. Shares what it leaves. */
export function applyDefaults<T>(schema: StructuralSchema, value: T): T {
  return fill(schema, value) as T;
}

function fill(schema: StructuralSchema, value: unknown): unknown {
  if (isObject(value)) return fillObject(schema, value);
  if (!Array.isArray(value) || schema.items === undefined || !hasDefaults(schema.items)) return value;
  const items = schema.items;
  let copy: unknown[] | undefined;
  value.forEach((item, i) => {
    const filled = fill(items, item);
    if (filled !== item) (copy ??= [...(value as unknown[])])[i] = filled;
  });
  return copy ?? value;
}

function fillObject(schema: StructuralSchema, value: Record<string, unknown>): Record<string, unknown> {
  if (!hasDefaults(schema)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const [name, below] of Object.entries(schema.properties ?? {})) {
    const current = (copy ?? value)[name];
    const isMissing = current === undefined || (current === null && below.nullable !== true);
    if (isMissing && below.default !== undefined) (copy ??= { ...value })[name] = structuredClone(below.default);
  }
  for (const name of Object.keys(copy ?? value)) {
    const below = memberSchema(schema, name);
    if (below === undefined) continue;
    const current = (copy ?? value)[name];
    const filled = fill(below, current);
    if (filled !== current) (copy ??= { ...value })[name] = filled;
  }
  return copy ?? value;
}

const known = new WeakMap<StructuralSchema, boolean>();

/** Whether a default hangs anywhere below: most parts of most schemas have none and need no walk. */
function hasDefaults(schema: StructuralSchema): boolean {
  const cached = known.get(schema);
  if (cached !== undefined) return cached;
  const below = [...Object.values(schema.properties ?? {}), ...(schema.items === undefined ? [] : [schema.items])];
  if (typeof schema.additionalProperties === 'object') below.push(schema.additionalProperties);
  const found = below.some((part) => part.default !== undefined || hasDefaults(part));
  known.set(schema, found);
  return found;
}
