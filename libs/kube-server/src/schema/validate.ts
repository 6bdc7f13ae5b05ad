import { equalJson } from '@keelson/std';
import {
  type FieldError,
  fieldDuplicate,
  fieldFormatInvalid,
  fieldInvalid,
  fieldRequired,
  fieldTypeInvalid,
  fieldUnsupported,
} from '../status/status.js';
import { hasFormat } from './format.js';
import { matchesPattern } from './pattern.js';
import { isObject, joinPath, memberSchema, rootMembers, type StructuralSchema } from './schema.js';

/**
 * Checks a value against its schema with the messages of kube-apiserver. With `old`, what did not change is not held
 * against the writer (ratcheting).
 */
export function validate(schema: StructuralSchema, value: unknown, old?: unknown): FieldError[] {
  const errors: FieldError[] = [];
  check(schema, value, old, '', errors);
  return errors;
}

function check(schema: StructuralSchema, value: unknown, old: unknown, path: string, errors: FieldError[]): void {
  if (old !== undefined && (old === value || isSameList(schema, value, old))) return;
  const found: FieldError[] = [];
  checkOwn(schema, value, path, found);
  if (found.length > 0 && old !== undefined && equalJson(old, value)) return;
  errors.push(...found);
  if (found.some((error) => error.reason === 'FieldValueTypeInvalid')) return;
  checkBelow(schema, value, old, path, errors);
}

function checkOwn(schema: StructuralSchema, value: unknown, path: string, errors: FieldError[]): void {
  if (value === null) {
    if (schema.nullable !== true && schema.type !== undefined) errors.push(fieldTypeInvalid(path, 'null', schema.type));
    return;
  }
  if (!hasType(schema, value)) {
    const wanted = schema['x-kubernetes-int-or-string'] === true ? 'integer,string' : (schema.type ?? 'object');
    errors.push(fieldTypeInvalid(path, typeName(value), wanted));
    checkCombinations(schema, value, path, errors);
    checkEnum(schema, value, path, errors);
    return;
  }
  checkEnum(schema, value, path, errors);
  if (typeof value === 'number') checkNumber(schema, value, path, errors);
  if (typeof value === 'string') checkString(schema, value, path, errors);
  if (Array.isArray(value)) checkList(schema, value, path, errors);
  if (isObject(value)) checkMembers(schema, value, path, errors);
  checkCombinations(schema, value, path, errors);
}

function checkEnum(schema: StructuralSchema, value: unknown, path: string, errors: FieldError[]): void {
  if (schema.enum !== undefined && !schema.enum.some((allowed) => equalJson(allowed, value)))
    errors.push(fieldUnsupported(path, value, schema.enum));
}

function checkBelow(schema: StructuralSchema, value: unknown, old: unknown, path: string, errors: FieldError[]): void {
  if (Array.isArray(value) && schema.items !== undefined) {
    const items = schema.items;
    const earlier = correlate(schema, old);
    value.forEach((item, i) => check(items, item, earlier(item), `${path}[${i}]`, errors));
  }
  if (!isObject(value)) return;
  const before = isObject(old) ? old : undefined;
  for (const name of Object.keys(value)) {
    if (path === '' && rootMembers.has(name)) continue;
    const below = memberSchema(schema, name);
    if (below !== undefined && value[name] !== undefined)
      check(below, value[name], before?.[name], joinPath(path, name), errors);
  }
}

/** Items of a map list are compared with the old item of the same keys; those of others have no identity. */
function correlate(schema: StructuralSchema, old: unknown): (item: unknown) => unknown {
  const keys = mapKeysOf(schema);
  if (!Array.isArray(old) || keys === undefined) return () => undefined;
  const idOf = (item: unknown): string =>
    JSON.stringify(keys.map((key) => (isObject(item) ? (item[key] ?? null) : null)));
  const byId = new Map(old.map((item) => [idOf(item), item as unknown]));
  return (item) => byId.get(idOf(item));
}

function mapKeysOf(schema: StructuralSchema): readonly string[] | undefined {
  return schema['x-kubernetes-list-type'] === 'map' ? schema['x-kubernetes-list-map-keys'] : undefined;
}

/** A list whose items have no identity is the same only as a whole. */
function isSameList(schema: StructuralSchema, value: unknown, old: unknown): boolean {
  return Array.isArray(value) && mapKeysOf(schema) === undefined && equalJson(old, value);
}

function hasType(schema: StructuralSchema, value: unknown): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return typeof value === 'string' || Number.isInteger(value);
  switch (schema.type) {
    case undefined:
      return true;
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === schema.type;
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function checkNumber(schema: StructuralSchema, value: number, path: string, errors: FieldError[]): void {
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && (schema.exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    errors.push(
      fieldInvalid(
        path,
        value,
        `${path} in body should be greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`,
      ),
    );
  }
  if (maximum !== undefined && (schema.exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    errors.push(
      fieldInvalid(
        path,
        value,
        `${path} in body should be less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`,
      ),
    );
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf))
    errors.push(fieldInvalid(path, value, `${path} in body should be a multiple of ${multipleOf}`));
}

function checkString(schema: StructuralSchema, value: string, path: string, errors: FieldError[]): void {
  const length = schema.minLength === undefined && schema.maxLength === undefined ? 0 : Array.from(value).length;
  if (schema.minLength !== undefined && length < schema.minLength) {
    errors.push(fieldInvalid(path, value, `${path} in body should be at least ${schema.minLength} chars long`));
  }
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    errors.push({
      reason: 'FieldValueTooLong',
      field: path,
      detail: `Too long: may not be more than ${schema.maxLength} bytes`,
    });
  }
  if (schema.pattern !== undefined && !matchesPattern(schema.pattern, value)) {
    errors.push(fieldInvalid(path, value, `${path} in body should match '${schema.pattern}'`));
  }
  if (schema.format !== undefined && !hasFormat(schema.format, value))
    errors.push(fieldFormatInvalid(path, value, schema.format));
}

function checkList(schema: StructuralSchema, value: readonly unknown[], path: string, errors: FieldError[]): void {
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    errors.push(fieldInvalid(path, value.length, `${path} in body should have at least ${schema.minItems} items`));
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    errors.push({
      reason: 'FieldValueTooMany',
      field: path,
      detail: `Too many: ${value.length}: must have at most ${schema.maxItems} items`,
    });
  }
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'set' && listType !== 'map') return;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const seen = new Set<string>();
  value.forEach((item, i) => {
    const id =
      listType === 'set' ? item : Object.fromEntries(keys.map((key) => [key, isObject(item) ? item[key] : undefined]));
    const text = JSON.stringify(id);
    if (seen.has(text)) errors.push(fieldDuplicate(`${path}[${i}]`, id));
    seen.add(text);
  });
}

function checkMembers(
  schema: StructuralSchema,
  value: Record<string, unknown>,
  path: string,
  errors: FieldError[],
): void {
  for (const name of schema.required ?? []) {
    if (value[name] === undefined && !(path === '' && rootMembers.has(name)))
      errors.push(fieldRequired(joinPath(path, name)));
  }
  const count = Object.keys(value).length;
  if (schema.minProperties !== undefined && count < schema.minProperties) {
    errors.push(fieldInvalid(path, count, `${path} in body should have at least ${schema.minProperties} properties`));
  }
  if (schema.maxProperties !== undefined && count > schema.maxProperties) {
    errors.push({
      reason: 'FieldValueTooMany',
      field: path,
      detail: `Too many: ${count}: must have at most ${schema.maxProperties} items`,
    });
  }
}

/**
 * What the combinators say, and beneath it what the first alternative that failed says. They stand at no field, and their
 * texts name the path instead.
 */
function checkCombinations(schema: StructuralSchema, value: unknown, path: string, errors: FieldError[]): void {
  const errorsOf = (part: StructuralSchema): FieldError[] => {
    const found: FieldError[] = [];
    check(part, value, undefined, path, found);
    return found;
  };
  const wrong = (must: string): void =>
    void errors.push(fieldInvalid('<nil>', '', `${JSON.stringify(path)} must ${must}`));
  const [anyOf, oneOf, allOf] = [schema.anyOf, schema.oneOf, schema.allOf].map((parts) => parts?.map(errorsOf));
  if (anyOf?.every((found) => found.length > 0) === true) {
    wrong('validate at least one schema (anyOf)');
    errors.push(...(anyOf[0] ?? []));
  }
  const holding = oneOf?.filter((found) => found.length === 0).length;
  if (oneOf !== undefined && holding !== 1) {
    const found = holding === 0 ? 'none valid' : `${holding} valid alternatives`;
    wrong(`validate one and only one schema (oneOf). Found ${found}`);
    if (holding === 0) errors.push(...(oneOf[0] ?? []));
  }
  if (allOf?.some((found) => found.length > 0) === true) {
    errors.push(...allOf.flat());
    wrong(`validate all the schemas (allOf)${allOf.every((found) => found.length > 0) ? '. None validated' : ''}`);
  }
  if (schema.not !== undefined && errorsOf(schema.not).length === 0) wrong('not validate the schema (not)');
}
