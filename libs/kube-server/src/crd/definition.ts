import type { ScalePaths } from '../kinds/descriptor.js';
import type { PrinterColumn } from '../kinds/descriptor.js';
import { isObject, type StructuralSchema } from '../schema/schema.js';
import type { Draft } from '../storage/stored.js';

/** The members of a CustomResourceDefinition that the engine reads; checked by `definitionErrors` before they are used. */
export interface Definition {
  readonly group: string;
  readonly names: DefinitionNames;
  readonly scope: string;
  readonly versions: readonly DefinitionVersion[];
  readonly conversion: Conversion | undefined;
  readonly preserveUnknownFields: unknown;
}

export interface Conversion {
  readonly strategy: string;
  /** clientConfig of the webhook. */
  readonly client: Draft | undefined;
  /** Versions of ConversionReview that the webhook understands. */
  readonly reviews: readonly string[];
}

export interface DefinitionNames {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

export interface DefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated: boolean;
  readonly deprecationWarning: string | undefined;
  readonly schema: StructuralSchema | undefined;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
  readonly columns: readonly PrinterColumn[];
  readonly selectableFields: readonly string[];
}

/** Reads a definition's spec; what is missing or of the wrong type is empty. */
export function readDefinition(object: Draft): Definition {
  const spec = memberOf(object, 'spec');
  const names = memberOf(spec, 'names');
  const kind = textOf(names.kind);
  return {
    group: textOf(spec.group),
    names: {
      plural: textOf(names.plural),
      singular: textOf(names.singular) || kind.toLowerCase(),
      kind,
      listKind: textOf(names.listKind) || (kind === '' ? '' : `${kind}List`),
      shortNames: textsOf(names.shortNames),
      categories: textsOf(names.categories),
    },
    scope: textOf(spec.scope),
    versions: itemsOf(spec.versions).map(readVersion),
    conversion: isObject(spec.conversion) ? readConversion(spec.conversion) : undefined,
    preserveUnknownFields: spec.preserveUnknownFields,
  };
}

function readConversion(conversion: Draft): Conversion {
  const webhook = memberOf(conversion, 'webhook');
  return {
    strategy: textOf(conversion.strategy),
    client: isObject(webhook.clientConfig) ? webhook.clientConfig : undefined,
    reviews: textsOf(webhook.conversionReviewVersions),
  };
}

function readVersion(version: Draft): DefinitionVersion {
  const subresources = memberOf(version, 'subresources');
  const schema = memberOf(version, 'schema').openAPIV3Schema;
  return {
    name: textOf(version.name),
    served: version.served === true,
    storage: version.storage === true,
    deprecated: version.deprecated === true,
    deprecationWarning: typeof version.deprecationWarning === 'string' ? version.deprecationWarning : undefined,
    schema: isObject(schema) ? schema : undefined,
    hasStatus: isObject(subresources.status),
    scale: isObject(subresources.scale) ? readScale(subresources.scale) : undefined,
    columns: itemsOf(version.additionalPrinterColumns).map(readColumn),
    selectableFields: itemsOf(version.selectableFields).map((field) => textOf(field.jsonPath)),
  };
}

function readScale(scale: Draft): ScalePaths {
  return {
    specReplicasPath: textOf(scale.specReplicasPath),
    statusReplicasPath: textOf(scale.statusReplicasPath),
    ...(typeof scale.labelSelectorPath === 'string' ? { labelSelectorPath: scale.labelSelectorPath } : {}),
  };
}

function readColumn(column: Draft): PrinterColumn {
  return {
    name: textOf(column.name),
    type: textOf(column.type),
    jsonPath: textOf(column.jsonPath),
    ...(typeof column.format === 'string' ? { format: column.format } : {}),
    ...(typeof column.description === 'string' ? { description: column.description } : {}),
    ...(typeof column.priority === 'number' ? { priority: column.priority } : {}),
  };
}

function memberOf(object: Draft, name: string): Draft {
  const member = object[name];
  return isObject(member) ? member : {};
}

function itemsOf(list: unknown): Draft[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}
