import { type FieldError, fieldForbidden, fieldInvalid, fieldRequired } from '../status/status.js';
import { patternError } from './pattern.js';
import type { StructuralSchema } from './schema.js';

/** What stands inside allOf, anyOf, oneOf and not may judge values but not describe their structure. */

const combinators = ['anyOf', 'allOf', 'oneOf'] as const;

/** Members that describe structure, and how their presence is refused. */
const structuralMembers = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
] as const;

/** Refuses structure inside the combinators of one node. Two forms of int-or-string may name their types. */
export function nestedErrors(schema: StructuralSchema, path: string): FieldError[] {
  const [first] = schema.allOf ?? [];
  return combinationErrors(schema, path, {
    skipsAnyOf: isIntOrString(schema.anyOf),
    skipsFirstAllOf: isIntOrString(first?.anyOf),
  });
}

interface Skips {
  readonly skipsAnyOf: boolean;
  readonly skipsFirstAllOf: boolean;
}

const none: Skips = { skipsAnyOf: false, skipsFirstAllOf: false };

function isIntOrString(parts: readonly StructuralSchema[] | undefined): boolean {
  return (
    parts?.length === 2 &&
    parts.every((part, i) => Object.keys(part).length === 1 && part.type === (['integer', 'string'] as const)[i])
  );
}

function combinationErrors(
  schema: StructuralSchema,
  path: string,
  { skipsAnyOf, skipsFirstAllOf }: Skips,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const part of combinators) {
    if (part === 'anyOf' && skipsAnyOf) continue;
    schema[part]?.forEach((below, i) => {
      const skips = { ...none, skipsAnyOf: part === 'allOf' && i === 0 && skipsFirstAllOf };
      errors.push(...valueErrors(below, `${path}.${part}[${i}]`, skips));
    });
  }
  if (schema.not !== undefined) errors.push(...valueErrors(schema.not, `${path}.not`, none));
  return errors;
}

function valueErrors(schema: StructuralSchema, path: string, skips: Skips): FieldError[] {
  const errors = combinationErrors(schema, path, skips);
  const wrong = schema.pattern === undefined ? undefined : patternError(schema.pattern);
  if (wrong !== undefined)
    errors.push(
      fieldInvalid(`${path}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${wrong}`),
    );
  if (schema.items !== undefined) errors.push(...valueErrors(schema.items, `${path}.items`, none));
  for (const [name, below] of Object.entries(schema.properties ?? {}))
    errors.push(...valueErrors(below, `${path}.properties[${name}]`, none));
  for (const [member, detail] of structuralMembers) {
    const value: unknown = (schema as Readonly<Record<string, unknown>>)[member];
    if (value !== undefined && value !== false && value !== '')
      errors.push(fieldForbidden(`${path}.${member}`, detail));
  }
  if (schema.properties?.metadata !== undefined)
    errors.push(fieldForbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
  return errors;
}

/** What the combinators of the root judge must be described outside of them. kube-apiserver looks at those of the root only. */
export function completenessErrors(schema: StructuralSchema, path: string): FieldError[] {
  return missingIn(schema, schema, path, path);
}

function missingIn(value: StructuralSchema, outer: StructuralSchema, outerPath: string, path: string): FieldError[] {
  const parts: (readonly [StructuralSchema, string])[] = combinators.flatMap((part) =>
    (value[part] ?? []).map((below, i) => [below, `${path}.${part}[${i}]`] as const),
  );
  if (value.not !== undefined) parts.push([value.not, `${path}.not`]);
  return parts.flatMap(([below, at]) => missing(below, outer, outerPath, at));
}

function missing(
  value: StructuralSchema,
  outer: StructuralSchema | undefined,
  outerPath: string,
  path: string,
): FieldError[] {
  if (outer === undefined) return [fieldRequired(outerPath, `because it is defined in ${path}`)];
  const errors = missingIn(value, outer, outerPath, path);
  if (value.items !== undefined)
    errors.push(...missing(value.items, outer.items, `${outerPath}.items`, `${path}.items`));
  for (const [name, below] of Object.entries(value.properties ?? {}))
    errors.push(
      ...missing(below, outer.properties?.[name], `${outerPath}.properties[${name}]`, `${path}.properties[${name}]`),
    );
  return errors;
}
