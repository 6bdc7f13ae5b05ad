import { messageOf } from '@keelson/std';
import { compileRules } from '../cel/rules.js';
import { compileJsonPath } from '../jsonpath/json-path.js';
import { labelNameErrors, subdomainErrors } from '../kinds/names.js';
import type { StructuralSchema } from '../schema/schema.js';
import { checkStructural } from '../schema/structural.js';
import {
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  fieldTooMany,
  fieldUnsupported,
} from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';
import { isObject } from '../schema/schema.js';
import { type Definition, type DefinitionVersion, readDefinition } from './definition.js';

/** Everything wrong with a CustomResourceDefinition. What the engine does not support is refused here, never ignored. */
export function definitionErrors(object: Draft, before: Stored | undefined): FieldError[] {
  const definition = readDefinition(object);
  const name = isObject(object.metadata) ? String(object.metadata.name) : '';
  const expected = `${definition.names.plural}.${definition.group}`;
  return [
    ...(name === expected ? [] : [fieldInvalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')]),
    ...specErrors(definition),
    ...definition.versions.flatMap((version, i) => versionErrors(version, `spec.versions[${i}]`)),
    ...(before === undefined ? [] : changeErrors(definition, readDefinition(before), before)),
  ];
}

function specErrors({ group, names, scope, versions, conversion, preserveUnknownFields }: Definition): FieldError[] {
  const errors: FieldError[] = [];
  if (group === '') errors.push(fieldRequired('spec.group'));
  else {
    errors.push(...subdomainErrors(group).map((error) => fieldInvalid('spec.group', group, error)));
    if (!group.includes('.'))
      errors.push(fieldInvalid('spec.group', group, 'should be a domain with at least one dot'));
  }
  if (scope !== 'Cluster' && scope !== 'Namespaced')
    errors.push(
      scope === '' ? fieldRequired('spec.scope') : fieldUnsupported('spec.scope', scope, ['Cluster', 'Namespaced']),
    );
  for (const [field, value] of [
    ['plural', names.plural],
    ['singular', names.singular],
    ['kind', names.kind.toLowerCase()],
    ['listKind', names.listKind.toLowerCase()],
  ] as const) {
    if (value === '') errors.push(fieldRequired(`spec.names.${field}`));
    else errors.push(...labelNameErrors(value).map((error) => fieldInvalid(`spec.names.${field}`, value, error)));
  }
  if (names.kind !== '' && names.kind === names.listKind)
    errors.push(fieldInvalid('spec.names.listKind', names.listKind, 'kind and listKind may not be the same'));
  if (preserveUnknownFields === true)
    errors.push(
      fieldInvalid(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ),
    );
  if (conversion?.strategy === 'Webhook')
    errors.push(
      fieldForbidden('spec.conversion.strategy', 'conversion webhooks are not supported by this server, only None'),
    );
  else if (conversion?.strategy !== undefined && !['', 'None'].includes(conversion.strategy))
    errors.push(fieldUnsupported('spec.conversion.strategy', conversion.strategy, ['None', 'Webhook']));
  return [...errors, ...versionSetErrors(versions)];
}

function versionSetErrors(versions: readonly DefinitionVersion[]): FieldError[] {
  const errors: FieldError[] = [];
  const storing = versions.filter((version) => version.storage).length;
  if (versions.length === 0) errors.push(fieldRequired('spec.versions', 'must have at least one version'));
  else if (storing !== 1)
    errors.push(
      fieldInvalid(
        'spec.versions',
        versions.map((version) => version.name),
        'must have exactly one version marked as storage version',
      ),
    );
  const names = new Set<string>();
  versions.forEach((version, i) => {
    if (names.has(version.name))
      errors.push(
        fieldInvalid(
          'spec.versions',
          versions.map((one) => one.name),
          'must contain unique version names',
        ),
      );
    names.add(version.name);
    errors.push(
      ...labelNameErrors(version.name).map((error) => fieldInvalid(`spec.versions[${i}].name`, version.name, error)),
    );
  });
  return errors;
}

const columnTypes = ['integer', 'number', 'string', 'boolean', 'date'];

function versionErrors(version: DefinitionVersion, path: string): FieldError[] {
  if (version.schema === undefined) return [fieldRequired(`${path}.schema.openAPIV3Schema`, 'schemas are required')];
  const at = `${path}.schema.openAPIV3Schema`;
  const structural = checkStructural(version.schema, at);
  return [
    ...structural,
    ...(structural.length > 0 ? [] : compileRules(version.schema, at).errors),
    ...version.columns.flatMap((column, i) => [
      ...(column.name === '' ? [fieldRequired(`${path}.additionalPrinterColumns[${i}].name`)] : []),
      ...(columnTypes.includes(column.type)
        ? []
        : [
            fieldInvalid(
              `${path}.additionalPrinterColumns[${i}].type`,
              column.type,
              `must be one of ${columnTypes.join(',')}`,
            ),
          ]),
      ...pathErrors(column.jsonPath, `${path}.additionalPrinterColumns[${i}].jsonPath`),
    ]),
    ...selectableErrors(version, path),
    ...scaleErrors(version, path),
  ];
}

function pathErrors(text: string, path: string): FieldError[] {
  if (text === '') return [fieldRequired(path)];
  try {
    compileJsonPath(text);
    return [];
  } catch (error) {
    return [fieldInvalid(path, text, `is an invalid path: ${messageOf(error)}`)];
  }
}

function selectableErrors({ selectableFields, schema }: DefinitionVersion, path: string): FieldError[] {
  const errors =
    selectableFields.length > 8 ? [fieldTooMany(`${path}.selectableFields`, selectableFields.length, 8)] : [];
  selectableFields.forEach((field, i) => {
    const target = schemaAt(schema, field);
    const isPlain = target !== undefined && ['string', 'boolean', 'integer'].includes(target.type ?? '');
    if (!isPlain)
      errors.push(
        fieldInvalid(
          `${path}.selectableFields[${i}].jsonPath`,
          field,
          'is an invalid path: does not refer to a valid field',
        ),
      );
  });
  return errors;
}

function scaleErrors({ scale, schema }: DefinitionVersion, path: string): FieldError[] {
  if (scale === undefined) return [];
  const at = `${path}.subresources.scale`;
  const inside = (field: string, value: string, root: string): FieldError[] => {
    if (value === '') return [fieldRequired(`${at}.${field}`)];
    return value.startsWith(root)
      ? pathErrors(value, `${at}.${field}`)
      : [fieldInvalid(`${at}.${field}`, value, `should be a json path under ${root}`)];
  };
  const target = schemaAt(schema, scale.specReplicasPath);
  return [
    ...inside('specReplicasPath', scale.specReplicasPath, '.spec.'),
    ...inside('statusReplicasPath', scale.statusReplicasPath, '.status.'),
    ...(target !== undefined && target.type !== 'integer'
      ? [fieldInvalid(`${at}.specReplicasPath`, scale.specReplicasPath, 'must refer to an integer')]
      : []),
  ];
}

function schemaAt(schema: StructuralSchema | undefined, path: string): StructuralSchema | undefined {
  const names = path.replace(/^\./, '').split('.');
  return names.reduce<StructuralSchema | undefined>((at, name) => at?.properties?.[name], schema);
}

/** A definition whose names are taken cannot change what its objects are. */
function changeErrors(next: Definition, old: Definition, before: Stored): FieldError[] {
  const errors: FieldError[] = [];
  if (next.group !== old.group) errors.push(fieldInvalid('spec.group', next.group, 'field is immutable'));
  if (next.names.plural !== old.names.plural)
    errors.push(fieldInvalid('spec.names.plural', next.names.plural, 'field is immutable'));
  if (next.scope !== old.scope) errors.push(fieldInvalid('spec.scope', next.scope, 'field is immutable'));
  if (next.names.kind !== old.names.kind)
    errors.push(fieldInvalid('spec.names.kind', next.names.kind, 'field is immutable'));
  const stored =
    isObject(before.status) && Array.isArray(before.status.storedVersions) ? before.status.storedVersions : [];
  stored.forEach((name: unknown, i) => {
    if (!next.versions.some((version) => version.name === name))
      errors.push(fieldInvalid(`status.storedVersions[${i}]`, name, 'must appear in spec.versions'));
  });
  return errors;
}
