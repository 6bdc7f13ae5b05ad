import { equalJson } from '@keelson/std';
import { subdomainErrors } from '../kinds/names.js';
import { asText, isObject } from '../schema/schema.js';
import { type FieldError, fieldInvalid, fieldRequired, fieldUnsupported } from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';
import { conversionErrors } from './conversion-checks.js';
import { type Definition, type DefinitionVersion, readDefinition } from './definition.js';
import { nameErrors, versionNameErrors } from './name-checks.js';
import { columnErrors, scaleErrors, schemaErrors, selectableErrors, warningErrors } from './version-checks.js';

/**
 * Everything wrong with a CustomResourceDefinition, in the words of kube-apiserver. What the engine does not support is
 * refused here, never ignored. (k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation)
 */
export function definitionErrors(object: Draft, before: Stored | undefined): FieldError[] {
  const definition = readDefinition(object);
  const name = isObject(object.metadata) ? String(object.metadata.name) : '';
  const expected = `${definition.names.plural}.${definition.group}`;
  return [
    ...(name === expected || before !== undefined
      ? []
      : [fieldInvalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')]),
    ...specErrors(definition),
    ...versionErrors(definition, before === undefined ? undefined : readDefinition(before)),
    ...storedErrors(definition, object),
    ...approvalErrors(definition, object),
    ...(before === undefined ? [] : changeErrors(definition, readDefinition(before), before)),
  ];
}

const approval = 'api-approved.kubernetes.io';

/** Groups of the Kubernetes community need a word that they were agreed upon, or that they were not. */
function approvalErrors({ group }: Definition, { metadata }: Draft): FieldError[] {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return [];
  const annotations = isObject(metadata) && isObject(metadata.annotations) ? metadata.annotations : {};
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  const at = `metadata.annotations[${approval}]`;
  const given = asText(annotations[approval]);
  if (given === '') return [fieldRequired(at, `protected groups must have approval annotation "${approval}", ${see}`)];
  if (given.startsWith('unapproved') || URL.canParse(given)) return [];
  return [
    fieldInvalid(
      at,
      given,
      `protected groups must have approval annotation "${approval}" with either a URL or a reason starting with "unapproved", ${see}`,
    ),
  ];
}

const scopes = ['Cluster', 'Namespaced'];

function specErrors(definition: Definition): FieldError[] {
  const { group, scope, preserveUnknownFields } = definition;
  const errors: FieldError[] = [];
  const wrongGroup = subdomainErrors(group);
  if (group === '') errors.push(fieldRequired('spec.group'));
  else if (wrongGroup.length > 0) errors.push(fieldInvalid('spec.group', group, wrongGroup.join(',')));
  else if (!group.includes('.'))
    errors.push(fieldInvalid('spec.group', group, 'should be a domain with at least one dot'));
  if (!scopes.includes(scope))
    errors.push(scope === '' ? fieldRequired('spec.scope') : fieldUnsupported('spec.scope', scope, scopes));
  if (preserveUnknownFields === true)
    errors.push(
      fieldInvalid(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ),
    );
  return [...errors, ...nameErrors(definition.names, 'spec.names'), ...conversionErrors(definition)];
}

/**
 * What is wrong with the versions. kube-apiserver holds what all versions have in common once, above them, and tells
 * paths accordingly.
 */
function versionErrors({ versions }: Definition, before: Definition | undefined): FieldError[] {
  const isStored = ({ name, schema }: DefinitionVersion): boolean =>
    before?.versions.some((old) => old.name === name && equalJson(old.schema, schema)) === true;
  const common = (member: keyof DefinitionVersion): boolean =>
    versions.every((version) => equalJson(version[member], versions[0]?.[member]));
  const hasStatus = versions.some((version) => version.hasStatus);
  const hoisted = { schema: common('schema'), columns: common('columns'), selectable: common('selectableFields') };
  const subresources = common('hasStatus') && common('scale');
  const shown = versions.slice(0, 1);
  const each = (isCommon: boolean): readonly (readonly [DefinitionVersion, string, string])[] =>
    isCommon
      ? shown.map((version) => [version, 'spec', 'spec.validation'] as const)
      : versions.map((version, i) => [version, `spec.versions[${i}]`, `spec.versions[${i}].schema`] as const);
  return [
    ...versions.flatMap((version, i) => [
      ...missingSchema(version, i),
      ...warningErrors(version, `spec.versions[${i}]`),
      ...versionNameErrors(version.name, `spec.versions[${i}].name`),
    ]),
    ...shown.flatMap(({ name }) => versionNameErrors(name, 'spec.version')),
    ...versionSetErrors(versions),
    ...each(hoisted.schema).flatMap(([version, , at]) =>
      schemaErrors(version, `${at}.openAPIV3Schema`, {
        hasStatus: hoisted.schema ? hasStatus : version.hasStatus,
        isStored: isStored(version),
      }),
    ),
    ...each(subresources).flatMap(([version, at]) => scaleErrors(version, `${at}.subresources`)),
    ...each(hoisted.columns).flatMap(([version, at]) => columnErrors(version, `${at}.additionalPrinterColumns`)),
    ...each(hoisted.selectable).flatMap(([version, at]) => selectableErrors(version, `${at}.selectableFields`)),
  ];
}

function missingSchema({ schema }: DefinitionVersion, index: number): FieldError[] {
  return schema === undefined ? [fieldRequired(`spec.versions[${index}].schema.openAPIV3Schema`)] : [];
}

function versionSetErrors(versions: readonly DefinitionVersion[]): FieldError[] {
  const errors: FieldError[] = [];
  const wrong = (detail: string): void =>
    void errors.push(fieldInvalid('spec.versions', versions.map(shownVersion), detail));
  if (new Set(versions.map((version) => version.name)).size !== versions.length)
    wrong('must contain unique version names');
  if (versions.filter((version) => version.storage).length !== 1)
    wrong('must have exactly one version marked as storage version');
  return errors;
}

/** As kube-apiserver prints a version whose schema stands above all versions. */
function shownVersion({ name, served, storage, deprecated, deprecationWarning }: DefinitionVersion): Draft {
  return {
    Name: name,
    Served: served,
    Storage: storage,
    Deprecated: deprecated,
    DeprecationWarning: deprecationWarning ?? null,
    Schema: null,
    Subresources: null,
    AdditionalPrinterColumns: null,
    SelectableFields: null,
  };
}

function storedErrors({ versions }: Definition, { status }: Draft): FieldError[] {
  const stored: unknown[] = isObject(status) && Array.isArray(status.storedVersions) ? status.storedVersions : [];
  if (stored.length === 0 || stored[0] === '')
    return [fieldInvalid('status.storedVersions', null, 'must have at least one stored version')];
  const storing = versions.filter((version) => version.storage).at(-1)?.name;
  if (storing !== undefined && !stored.includes(storing))
    return [fieldInvalid('status.storedVersions', stored, `must have the storage version ${storing}`)];
  return stored.flatMap((name, i) =>
    versions.some((version) => version.name === name)
      ? []
      : [
          fieldInvalid(
            `status.storedVersions[${i}]`,
            name,
            `missing from spec.versions; ${String(name)} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${String(name)} and removes ${String(name)} from status.storedVersions`,
          ),
        ],
  );
}

/** What is served under the accepted names cannot change what its objects are. */
function changeErrors(next: Definition, old: Definition, before: Stored): FieldError[] {
  const fixed = (field: string, value: string, was: string): FieldError[] =>
    value === was ? [] : [fieldInvalid(field, value, 'field is immutable')];
  return [
    ...(isEstablished(before)
      ? [...fixed('spec.scope', next.scope, old.scope), ...fixed('spec.names.kind', next.names.kind, old.names.kind)]
      : []),
    ...fixed('spec.group', next.group, old.group),
    ...fixed('spec.names.plural', next.names.plural, old.names.plural),
  ];
}

function isEstablished({ status }: Stored): boolean {
  const conditions: unknown = isObject(status) ? status.conditions : undefined;
  return (
    Array.isArray(conditions) &&
    conditions.some((one) => isObject(one) && one.type === 'Established' && one.status === 'True')
  );
}
