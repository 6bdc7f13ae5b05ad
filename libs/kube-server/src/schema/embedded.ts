import { label1035Errors } from '../kinds/names.js';
import { type FieldError, fieldInvalid, fieldRequired } from '../status/status.js';
import { isObject, joinPath, memberSchema, type StructuralSchema } from './schema.js';

/** What is wrong with the resources that are embedded in an object: each says its apiVersion and kind. */
export function embeddedErrors(schema: StructuralSchema, value: unknown, path = ''): FieldError[] {
  if (typeof value !== 'object' || value === null || !holdsResources(schema)) return [];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.flatMap((item, i) => embeddedErrors(items, item, `${path}[${i}]`));
  }
  if (!isObject(value)) return [];
  const own = schema['x-kubernetes-embedded-resource'] === true ? typeErrors(value, path) : [];
  const below = Object.entries(value).flatMap(([name, member]) => {
    const described = memberSchema(schema, name);
    if (described === undefined) return [];
    return embeddedErrors(
      described,
      member,
      schema.properties?.[name] === undefined ? `${path}[${name}]` : joinPath(path, name),
    );
  });
  return [...own, ...below];
}

const known = new WeakMap<StructuralSchema, boolean>();

/** Most schemas hold none, and need no walk over their values. */
function holdsResources(schema: StructuralSchema): boolean {
  let holds = known.get(schema);
  if (holds === undefined) {
    const others = typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
    const items = schema.items === undefined ? [] : [schema.items];
    holds =
      schema['x-kubernetes-embedded-resource'] === true ||
      [...Object.values(schema.properties ?? {}), ...others, ...items].some(holdsResources);
    known.set(schema, holds);
  }
  return holds;
}

function typeErrors(value: Record<string, unknown>, path: string): FieldError[] {
  const { apiVersion, kind } = value;
  return [
    ...textErrors(apiVersion, joinPath(path, 'apiVersion')),
    ...textErrors(kind, joinPath(path, 'kind')),
    ...kindErrors(kind, joinPath(path, 'kind')),
  ];
}

function textErrors(value: unknown, path: string): FieldError[] {
  if (value === undefined) return [fieldRequired(path)];
  if (typeof value !== 'string') return [fieldInvalid(path, value, 'must be a string')];
  return value === '' ? [fieldInvalid(path, value, 'must not be empty')] : [];
}

function kindErrors(kind: unknown, path: string): FieldError[] {
  const errors = typeof kind === 'string' && kind !== '' ? label1035Errors(kind.toLowerCase()) : [];
  if (errors.length === 0) return [];
  return [fieldInvalid(path, kind, `may have mixed case, but should otherwise match: ${errors.join(',')}`)];
}
