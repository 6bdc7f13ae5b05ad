import { ruleTypeErrors } from '../cel/check.js';
import { isRuleCost } from '../cel/estimate/rules.js';
import { compileRules } from '../cel/rules.js';
import { ruleWordErrors } from '../schema/rule-words.js';
import type { StructuralSchema } from '../schema/schema.js';
import { checkStructural } from '../schema/structural.js';
import { type FieldError, fieldDuplicate, fieldInvalid, fieldRequired, fieldTooMany } from '../status/status.js';
import { defaultRuleErrors } from './default-rules.js';
import type { DefinitionVersion } from './definition.js';

/**
 * What is wrong with the schema of a version, and with its rules once the schema is right.
 *
 * @param isStored the version has this schema already: what single rules cost is not held against it
 */
export function schemaErrors(
  { schema }: DefinitionVersion,
  path: string,
  { hasStatus, isStored }: { readonly hasStatus: boolean; readonly isStored: boolean },
): FieldError[] {
  if (schema === undefined) return [];
  const errors = [
    ...(hasStatus ? rootErrors(schema, path) : []),
    ...checkStructural(schema, path),
    ...ruleWordErrors(schema, path),
  ];
  const references = errors.filter(({ field }) => field.endsWith('.$ref'));
  if (errors.length > 0) return references.length > 0 ? references : errors;
  const mistyped = ruleTypeErrors(schema, path).filter((error) => !isStored || !isRuleCost(error));
  if (mistyped.length > 0) return mistyped;
  const { rules, errors: wrong } = compileRules(schema, path);
  return wrong.length > 0 ? wrong : defaultRuleErrors(rules, schema, path);
}

/** Members that may stand at the root of a schema whose status is judged apart, as the refusal lists them. */
const rootWords =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations';
const notAtRoot = [
  'default',
  'enum',
  'maxProperties',
  'minProperties',
  'allOf',
  'oneOf',
  'anyOf',
  'not',
  'additionalProperties',
  'nullable',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-map-type',
] as const;

function rootErrors(schema: StructuralSchema, path: string): FieldError[] {
  if (schema.type !== undefined && schema.type !== 'object') {
    const detail =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [fieldInvalid(`${path}.type`, schema.type, detail)];
  }
  if (!notAtRoot.some((word) => word in schema)) return [];
  const detail = `only [${rootWords}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [fieldInvalid(path, schema, detail)];
}

/** What is wrong with the warning that users of a version get. */
export function warningErrors({ deprecated, deprecationWarning }: DefinitionVersion, path: string): FieldError[] {
  if (deprecationWarning === undefined) return [];
  const wrong = (detail: string): FieldError => fieldInvalid(`${path}.deprecationWarning`, deprecationWarning, detail);
  if (!deprecated) return [wrong('can only be set for deprecated versions')];
  const unprintable = deprecationWarning.search(/[^\P{C}]/u);
  return [
    ...(deprecationWarning.length > 256 ? [wrong('must be <= 256 characters long')] : []),
    ...(deprecationWarning === '' ? [wrong('must not be an empty string')] : []),
    ...(unprintable < 0
      ? []
      : [wrong(`must only contain printable UTF-8 characters; non-printable character found at index ${unprintable}`)]),
  ];
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

export function columnErrors({ columns }: DefinitionVersion, path: string): FieldError[] {
  return columns.flatMap(({ name, type, format, jsonPath }, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    const oneOf = `must be one of ${columnTypes.join(',')}`;
    if (name === '') errors.push(fieldRequired(`${at}.name`));
    if (type === '') errors.push(fieldRequired(`${at}.type`, oneOf));
    else if (!columnTypes.includes(type)) errors.push(fieldInvalid(`${at}.type`, type, oneOf));
    if (format !== undefined && format !== '' && !columnFormats.includes(format))
      errors.push(fieldInvalid(`${at}.format`, format, `must be one of ${columnFormats.join(',')}`));
    return [...errors, ...pathErrors(jsonPath, `${at}.JSONPath`)];
  });
}

function pathErrors(text: string, path: string): FieldError[] {
  if (text === '') return [fieldRequired(path)];
  return text.startsWith('.') ? [] : [fieldInvalid(path, text, 'must be a simple json path starting with .')];
}

const mostSelectable = 8;

export function selectableErrors({ selectableFields, schema }: DefinitionVersion, path: string): FieldError[] {
  const seen = new Set<string>();
  const errors = selectableFields.flatMap((field, i) => {
    const at = `${path}[${i}].jsonPath`;
    if (field === '') return [fieldRequired(at)];
    const target = schemaAt(schema, field);
    if (target === undefined) return [fieldInvalid(at, field, 'is an invalid path: does not refer to a valid field')];
    const wrong: FieldError[] = [];
    if (/^\.?metadata\b/.test(field)) wrong.push(fieldInvalid(at, field, 'must not point to fields in metadata'));
    if (!['string', 'boolean', 'integer'].includes(target.type ?? ''))
      wrong.push(
        fieldInvalid(
          at,
          field,
          'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        ),
      );
    if (seen.has(field)) wrong.push(fieldDuplicate(at, field));
    seen.add(field);
    return wrong;
  });
  return seen.size > mostSelectable ? [...errors, fieldTooMany(path, seen.size, mostSelectable)] : errors;
}

export function scaleErrors({ scale }: DefinitionVersion, path: string): FieldError[] {
  if (scale === undefined) return [];
  const at = `${path}.scale`;
  const inside = (field: string, value: string, roots: readonly string[], where: string): FieldError[] => {
    const wrong = pathErrors(value, `${at}.${field}`);
    if (wrong.length > 0 || roots.some((root) => value.startsWith(root))) return wrong;
    return [fieldInvalid(`${at}.${field}`, value, `should be a json path under ${where}`)];
  };
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = '' } = scale;
  return [
    ...inside('specReplicasPath', specReplicasPath, ['.spec.'], '.spec'),
    ...inside('statusReplicasPath', statusReplicasPath, ['.status.'], '.status'),
    ...(labelSelectorPath === ''
      ? []
      : inside('labelSelectorPath', labelSelectorPath, ['.spec.', '.status.'], 'either .spec or .status')),
  ];
}

function schemaAt(schema: StructuralSchema | undefined, path: string): StructuralSchema | undefined {
  const names = path.replace(/^\./, '').split('.');
  return names.reduce<StructuralSchema | undefined>((at, name) => at?.properties?.[name], schema);
}
