import { apiVersionOf, type KindDescriptor, type Strategy } from '../kinds/descriptor.js';
import { isObject } from '../schema/schema.js';
import type { Draft, Stored } from '../storage/stored.js';
import { definitionErrors } from './checks.js';
import { type DefinitionNames, readDefinition } from './definition.js';

export const definitionResource = 'customresourcedefinitions.apiextensions.k8s.io';

/** What is particular to writing definitions. */
export const definitionStrategy: Strategy = { prepare: prepareDefinition, validate: definitionErrors };

/** Fills the names that follow from others and the first status: created definitions have no accepted names yet. */
function prepareDefinition(object: Draft, before: Stored | undefined): Draft {
  const { names, versions } = readDefinition(object);
  const spec = isObject(object.spec) ? object.spec : {};
  const given = isObject(spec.names) ? spec.names : {};
  const conversion = isObject(spec.conversion) ? spec.conversion : { strategy: 'None' };
  const filled: Draft = {
    ...object,
    spec: { ...spec, conversion, names: { ...given, listKind: names.listKind, singular: names.singular } },
  };
  const stored = versions.find((version) => version.storage)?.name ?? '';
  if (before === undefined)
    return {
      ...filled,
      status: {
        acceptedNames: { kind: '', plural: '' },
        conditions: null,
        storedVersions: stored === '' ? [] : [stored],
      },
    };
  const status = isObject(before.status) ? before.status : {};
  const storedVersions = Array.isArray(status.storedVersions) ? status.storedVersions : [];
  return storedVersions.includes(stored)
    ? filled
    : { ...filled, status: { ...status, storedVersions: [...(storedVersions as unknown[]), stored] } };
}

/** Why the names of a definition cannot be accepted; undefined when nobody else has them. */
export function namesConflict(
  names: DefinitionNames,
  group: string,
  others: readonly KindDescriptor[],
): string | undefined {
  const taken = others.filter((kind) => kind.group === group && kind.plural !== names.plural);
  const words = new Set(taken.flatMap((kind) => [kind.plural, kind.singular, ...kind.shortNames]));
  const word = [names.plural, names.singular, ...names.shortNames].find((one) => words.has(one));
  if (word !== undefined) return `${JSON.stringify(word)} is already in use`;
  const kinds = new Set(taken.flatMap((kind) => [kind.kind, kind.listKind]));
  const kind = [names.kind, names.listKind].find((one) => kinds.has(one));
  return kind === undefined
    ? undefined
    : `${JSON.stringify(kind)} is already in use in ${apiVersionOf({ group, version: '*' })}`;
}
