import { type FieldError, fieldForbidden, fieldRequired, fieldUnsupported } from '../status/status.js';
import { patternError } from './pattern.js';
import type { StructuralSchema } from './schema.js';
import { fieldInvalid } from '../status/status.js';
import { validate } from './validate.js';

/**
 * Whether a schema is structural, as apiextensions.k8s.io/v1 demands: every node typed, nothing structural inside the
 * combinators, no properties beside additionalProperties, defaults that pass their own schema.
 */
export function checkStructural(schema: StructuralSchema, path = 'spec.validation.openAPIV3Schema'): FieldError[] {
  const errors: FieldError[] = [];
  if (structural.has(schema)) return errors;
  if (schema.type !== 'object')
    errors.push(
      schema.type === undefined
        ? fieldRequired(`${path}.type`, 'must not be empty at the root')
        : fieldInvalid(`${path}.type`, schema.type, 'must be object at the root'),
    );
  checkNode(schema, path, true, errors);
  if (errors.length === 0 && Object.isFrozen(schema)) structural.add(schema);
  return errors;
}

/** Frozen schemas that have passed: a definition is written more often than its schema changes. */
const structural = new WeakSet<StructuralSchema>();

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

function checkNode(schema: StructuralSchema, path: string, isRoot: boolean, errors: FieldError[]): void {
  const free = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema.type === undefined && !free && !isRoot)
    errors.push(fieldRequired(`${path}.type`, 'must not be empty for specified object fields'));
  if (schema.type !== undefined && !types.includes(schema.type))
    errors.push(fieldUnsupported(`${path}.type`, schema.type, types));
  if ('$ref' in schema) errors.push(fieldForbidden(`${path}.$ref`, '$ref is not supported'));
  if (schema.properties !== undefined && schema.additionalProperties !== undefined)
    errors.push(
      fieldForbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
    );
  if (schema.uniqueItems === true)
    errors.push(
      fieldForbidden(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  if (schema.type === 'array' && schema.items === undefined)
    errors.push(fieldRequired(`${path}.items`, 'must be specified'));
  if (schema.pattern !== undefined) {
    const wrong = patternError(schema.pattern);
    if (wrong !== undefined)
      errors.push(
        fieldInvalid(`${path}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${wrong}`),
      );
  }
  checkListType(schema, path, errors);
  checkDefault(schema, path, errors);
  for (const part of ['allOf', 'anyOf', 'oneOf'] as const)
    schema[part]?.forEach((below, i) => checkValueValidation(below, `${path}.${part}[${i}]`, schema, errors));
  if (schema.not !== undefined) checkValueValidation(schema.not, `${path}.not`, schema, errors);
  for (const [name, below] of Object.entries(schema.properties ?? {}))
    checkNode(below, `${path}.properties[${name}]`, false, errors);
  if (typeof schema.additionalProperties === 'object')
    checkNode(schema.additionalProperties, `${path}.additionalProperties`, false, errors);
  if (schema.items !== undefined) checkNode(schema.items, `${path}.items`, false, errors);
}

function checkListType(schema: StructuralSchema, path: string, errors: FieldError[]): void {
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== undefined && schema.type !== 'array')
    errors.push(
      fieldInvalid(`${path}.type`, schema.type ?? '', 'must be array if x-kubernetes-list-type is specified'),
    );
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType))
    errors.push(fieldUnsupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']));
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (listType === 'map' && keys.length === 0)
    errors.push(
      fieldRequired(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'),
    );
  if (listType !== 'map') return;
  for (const key of keys) {
    const property = schema.items?.properties?.[key];
    if (property === undefined)
      errors.push(
        fieldInvalid(`${path}.x-kubernetes-list-map-keys`, key, 'entries must all be names of item properties'),
      );
    else if (property.default === undefined && schema.items?.required?.includes(key) !== true) {
      errors.push(
        fieldRequired(
          `${path}.items.properties[${key}].default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      );
    }
  }
}

function checkDefault(schema: StructuralSchema, path: string, errors: FieldError[]): void {
  if (schema.default === undefined) return;
  const { default: value, ...rest } = schema;
  for (const error of validate(rest, value))
    errors.push({ ...error, field: `${path}.default${error.field === '' ? '' : `.${error.field}`}` });
}

const structuralMembers = [
  'type',
  'default',
  'additionalProperties',
  'nullable',
  'description',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
] as const;

function checkValueValidation(
  schema: StructuralSchema,
  path: string,
  outer: StructuralSchema,
  errors: FieldError[],
): void {
  const isIntOrString = outer['x-kubernetes-int-or-string'] === true;
  for (const member of structuralMembers) {
    if (schema[member] === undefined || (isIntOrString && member === 'type')) continue;
    errors.push(fieldForbidden(`${path}.${member}`, 'must be empty to be structural'));
  }
  for (const [name, below] of Object.entries(schema.properties ?? {})) {
    const counterpart =
      outer.properties?.[name] ??
      (typeof outer.additionalProperties === 'object' ? outer.additionalProperties : undefined);
    if (counterpart === undefined)
      errors.push(
        fieldRequired(
          `${path.replace(/\.(allOf|anyOf|oneOf|not)(\[\d+\])?$/, '')}.properties[${name}]`,
          `because it is defined in ${path}.properties[${name}]`,
        ),
      );
    else checkValueValidation(below, `${path}.properties[${name}]`, counterpart, errors);
  }
  if (schema.items !== undefined && outer.items !== undefined)
    checkValueValidation(schema.items, `${path}.items`, outer.items, errors);
  for (const part of ['allOf', 'anyOf', 'oneOf'] as const)
    schema[part]?.forEach((below, i) => checkValueValidation(below, `${path}.${part}[${i}]`, outer, errors));
  if (schema.not !== undefined) checkValueValidation(schema.not, `${path}.not`, outer, errors);
}
