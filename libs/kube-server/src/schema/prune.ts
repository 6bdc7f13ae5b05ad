import { isObject, joinPath, rootMembers, type StructuralSchema } from './schema.js';

/**
 * Drops what the schema does not know, and nulls where there may be none and no default takes their place. Parts without such members are shared with the input, not copied.
 *
 * @param pruned a value that is pruned already: parts that are the same objects as in it are not looked at
 * @returns the pruned value, and the paths of what was dropped, as `spec.zz`
 */
export function prune(
  schema: StructuralSchema,
  value: Record<string, unknown>,
  pruned?: Record<string, unknown>,
  keepsNulls = false,
): { value: Record<string, unknown>; unknown: string[] } {
  const unknown: string[] = [];
  return {
    value: pruneObject({ schema, path: '', isRoot: true, unknown, keepsNulls }, value, pruned),
    unknown: unknown.sort(),
  };
}

interface Place {
  readonly schema: StructuralSchema;
  readonly path: string;
  /** The root of an object of the API, its own or an embedded one's. */
  readonly isRoot: boolean;
  readonly unknown: string[];
  /** Nulls stay where there may be none, for the schema to refuse. */
  readonly keepsNulls: boolean;
}

function pruneObject(
  { schema, path, isRoot, unknown, keepsNulls }: Place,
  value: Record<string, unknown>,
  pruned: Record<string, unknown> | undefined,
): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
  const others = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  for (const name of Object.keys(value)) {
    if (isRoot && rootMembers.has(name)) continue;
    const below = schema.properties?.[name] ?? others;
    const member = value[name];
    if (below === undefined) {
      if (keepsUnknown) continue;
      unknown.push(joinPath(path, name));
      copy ??= { ...value };
      delete copy[name];
      continue;
    }
    if (member === null && !keepsNulls && below.nullable !== true && below.default === undefined) {
      copy ??= { ...value };
      delete copy[name];
      continue;
    }
    if (typeof member !== 'object' || member === null || member === pruned?.[name]) continue;
    const next = pruneValue(
      {
        schema: below,
        path: joinPath(path, name),
        isRoot: below['x-kubernetes-embedded-resource'] === true,
        unknown,
        keepsNulls,
      },
      member,
      pruned?.[name],
    );
    if (next !== member) (copy ??= { ...value })[name] = next;
  }
  return copy ?? value;
}

function pruneValue(place: Place, value: unknown, pruned: unknown): unknown {
  if (isObject(value)) return pruneObject(place, value, isObject(pruned) ? pruned : undefined);
  const { items } = place.schema;
  if (!Array.isArray(value) || items === undefined) return value;
  const before = Array.isArray(pruned) ? (pruned as unknown[]) : [];
  let copy: unknown[] | undefined;
  value.forEach((item, i) => {
    if (typeof item !== 'object' || item === null || item === before[i]) return;
    const next = pruneValue(
      {
        schema: items,
        path: `${place.path}[${i}]`,
        isRoot: items['x-kubernetes-embedded-resource'] === true,
        unknown: place.unknown,
        keepsNulls: place.keepsNulls,
      },
      item,
      before[i],
    );
    if (next !== item) (copy ??= [...(value as unknown[])])[i] = next;
  });
  return copy ?? value;
}
