import { type FieldError, fieldForbidden, fieldInvalid, fieldRequired, fieldUnsupported } from '../status/status.js';
import { defaultErrors } from './default-checks.js';
import { listErrors, wrongType } from './list-checks.js';
import { completenessErrors, nestedErrors } from './nested.js';
import { patternError } from './pattern.js';
import type { StructuralSchema } from './schema.js';

/**
 * What is wrong with a schema of a definition, as apiextensions.k8s.io/v1 demands: every node typed, nothing structural
 * inside the combinators, no properties beside additionalProperties, lists and maps that can be merged, defaults that
 * pass their own schema. (k8s.io/apiextensions-apiserver, pkg/apiserver/schema and pkg/apis/apiextensions/validation)
 */
export function checkStructural(schema: StructuralSchema, path = 'spec.validation.openAPIV3Schema'): FieldError[] {
  if (structural.has(schema)) return [];
  const errors = [...invariantErrors(schema, path, 'root'), ...completenessErrors(schema, path)];
  if (errors.length === 0) errors.push(...defaultErrors(schema, path));
  if (schema.nullable === true) errors.push(fieldForbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
  errors.push(...wordErrors(schema, path, { isRoot: true, isMeta: false, noDefaults: undefined }));
  if (errors.length === 0 && Object.isFrozen(schema)) structural.add(schema);
  return errors;
}

/** Frozen schemas that have passed: a definition is written more often than its schema changes. */
const structural = new WeakSet<StructuralSchema>();

type Level = 'root' | 'item' | 'field';

const untyped: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function invariantErrors(schema: StructuralSchema, path: string, level: Level): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.type === 'array' && schema.items === undefined)
    errors.push(fieldRequired(`${path}.items`, 'must be specified'));
  if (schema.items !== undefined) errors.push(...invariantErrors(schema.items, `${path}.items`, 'item'));
  for (const [name, below] of Object.entries(schema.properties ?? {}))
    errors.push(...invariantErrors(below, `${path}.properties[${name}]`, 'field'));
  if (schema.additionalProperties !== undefined && level === 'root')
    errors.push(fieldForbidden(`${path}.additionalProperties`, 'must not be used at the root'));
  if (typeof schema.additionalProperties === 'object')
    errors.push(...invariantErrors(schema.additionalProperties, `${path}.additionalProperties`, 'field'));
  errors.push(...extensionErrors(schema, path), ...nestedErrors(schema, path), ...typeErrors(schema, path, level));
  if (level === 'root' || schema['x-kubernetes-embedded-resource'] === true)
    errors.push(...metaErrors(schema, path, level));
  if (schema.pattern !== undefined) {
    const wrong = patternError(schema.pattern);
    if (wrong !== undefined)
      errors.push(
        fieldInvalid(`${path}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${wrong}`),
      );
  }
  return errors;
}

function extensionErrors(schema: StructuralSchema, path: string): FieldError[] {
  if (schema['x-kubernetes-int-or-string'] !== true) return [];
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter((word) => schema[word] === true)
    .map((word) => fieldInvalid(`${path}.${word}`, true, 'must be false if x-kubernetes-int-or-string is true'));
}

function typeErrors(schema: StructuralSchema, path: string, level: Level): FieldError[] {
  const errors: FieldError[] = [];
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (isEmbedded && schema.type !== 'object')
    errors.push(wrongType(schema, path, 'must be object if x-kubernetes-embedded-resource is true'));
  else if (schema.type === undefined && schema['x-kubernetes-int-or-string'] !== true && !keepsUnknown)
    errors.push(fieldRequired(`${path}.type`, untyped[level]));
  if (isEmbedded && schema.additionalProperties !== undefined)
    errors.push(
      fieldForbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'),
    );
  if (level === 'root' && schema.type !== undefined && schema.type !== 'object')
    errors.push(fieldInvalid(`${path}.type`, schema.type, 'must be object at the root'));
  if (isEmbedded && !keepsUnknown && Object.keys(schema.properties ?? {}).length === 0)
    errors.push(
      fieldRequired(
        `${path}.properties`,
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    );
  return errors;
}

/** What every object has is described by nobody but may be narrowed. */
function metaErrors({ properties = {} }: StructuralSchema, path: string, level: Level): FieldError[] {
  const errors = ['kind', 'apiVersion'].flatMap((name) => {
    const type = properties[name]?.type;
    return properties[name] === undefined || type === 'string'
      ? []
      : [fieldInvalid(`${path}.properties[${name}].type`, type ?? '', 'must be string')];
  });
  const { metadata } = properties;
  if (metadata === undefined) return errors;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== 'object') errors.push(fieldInvalid(`${at}.type`, metadata.type ?? '', 'must be object'));
  if (level === 'root' && !narrowsNames(metadata))
    errors.push(
      fieldForbidden(
        at,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
  return errors;
}

function narrowsNames(metadata: StructuralSchema): boolean {
  const { type: _type, default: _default, description: _description, properties, ...rest } = metadata;
  return (
    Object.keys(rest).length === 0 &&
    Object.keys(properties ?? {}).every((name) => name === 'name' || name === 'generateName')
  );
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const metaMembers = ['metadata', 'kind', 'apiVersion'];
/** Words of OpenAPI that definitions may not use, with what stands behind the name in the refusal. */
const unsupported = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'];

interface Place {
  readonly isRoot: boolean;
  /** Inside apiVersion, kind or metadata, where defaults in maps would be ambiguous. */
  readonly isMeta: boolean;
  /** Why defaults are forbidden here; undefined: they are not. */
  readonly noDefaults: string | undefined;
}

/** Checks that need no look at what stands around a node, also below combinators. */
function wordErrors(schema: StructuralSchema, path: string, place: Place): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.type !== undefined && !types.includes(schema.type))
    errors.push(fieldUnsupported(`${path}.type`, schema.type, types));
  if (schema.default !== undefined && place.noDefaults !== undefined)
    errors.push(fieldForbidden(`${path}.default`, `must not be set ${place.noDefaults}`));
  for (const word of unsupported)
    if (word in schema) errors.push(fieldForbidden(`${path}.${word}`, `${word} is not supported`));
  if (place.isMeta && schema['x-kubernetes-embedded-resource'] === true)
    errors.push(fieldForbidden(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta'));
  if (schema.uniqueItems === true)
    errors.push(
      fieldForbidden(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  if (
    Object.keys(schema.properties ?? {}).length > 0 &&
    ![undefined, true].includes(schema.additionalProperties as true)
  )
    errors.push(
      fieldForbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
    );
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(fieldInvalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  errors.push(...listErrors(schema, path), ...wordErrorsBelow(schema, path, place));
  return errors;
}

function wordErrorsBelow(schema: StructuralSchema, path: string, place: Place): FieldError[] {
  const errors: FieldError[] = [];
  const inner: Place = { ...place, isRoot: false };
  if (typeof schema.additionalProperties === 'object') {
    const noDefaults = place.isMeta ? 'inside additionalProperties applying to object metadata' : place.noDefaults;
    errors.push(...wordErrors(schema.additionalProperties, `${path}.additionalProperties`, { ...inner, noDefaults }));
  }
  const holdsMeta = place.isRoot || schema['x-kubernetes-embedded-resource'] === true;
  for (const [name, below] of Object.entries(schema.properties ?? {})) {
    const isMeta = holdsMeta && metaMembers.includes(name);
    errors.push(
      ...wordErrors(below, `${path}.properties[${name}]`, {
        isRoot: false,
        isMeta: isMeta || place.isMeta,
        noDefaults: isMeta && place.isRoot ? `in top-level ${name}` : place.noDefaults,
      }),
    );
  }
  if (schema.not !== undefined) errors.push(...wordErrors(schema.not, `${path}.not`, inner));
  for (const part of ['allOf', 'oneOf', 'anyOf'] as const)
    schema[part]?.forEach((below, i) => errors.push(...wordErrors(below, `${path}.${part}[${i}]`, inner)));
  if (schema.items !== undefined) errors.push(...wordErrors(schema.items, `${path}.items`, inner));
  return errors;
}
