import { type FieldError, fieldInvalid } from '../status/status.js';
import { prune } from './prune.js';
import { isObject, type StructuralSchema } from './schema.js';
import { validate } from './validate.js';

/** Defaults that do not pass their own schema or hold what it does not know. Those below additionalProperties are not looked at. */
export function defaultErrors(schema: StructuralSchema, path: string): FieldError[] {
  const errors = schema.default === undefined ? [] : errorsOf(schema, schema.default, `${path}.default`);
  if (schema.items !== undefined) errors.push(...defaultErrors(schema.items, `${path}.items`));
  for (const [name, below] of Object.entries(schema.properties ?? {}))
    errors.push(...defaultErrors(below, `${path}.properties[${name}]`));
  return errors;
}

function errorsOf(schema: StructuralSchema, value: unknown, path: string): FieldError[] {
  const { default: _default, ...rest } = schema;
  const errors = validate(rest, value).map((error) => ({
    ...error,
    field: error.field === '' ? path : `${path}.${error.field}`,
  }));
  if (isObject(value) && prune(schema, value).unknown.length > 0)
    errors.unshift(fieldInvalid(path, value, 'must not have unknown fields'));
  return errors;
}
