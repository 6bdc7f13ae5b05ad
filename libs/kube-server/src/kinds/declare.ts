import { asText } from '../schema/schema.js';
import type { StructuralSchema } from '../schema/schema.js';
import type { Stored } from '../storage/stored.js';
import {
  type KindDescriptor,
  resourceId,
  type ScalePaths,
  type StorageMapping,
  type Strategy,
  type Verb,
} from './descriptor.js';
import { struct } from './schema-words.js';

export interface BuiltIn {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  /** The kind in lower case with an s unless given. */
  readonly plural?: string;
  readonly singular?: string;
  readonly cluster?: boolean;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly hasStatus?: boolean;
  /** Absent: all of them. */
  readonly verbs?: readonly Verb[];
  readonly scale?: ScalePaths;
  readonly description?: string;
  /** Schemas of the members beside apiVersion, kind and metadata. */
  readonly members: Readonly<Record<string, StructuralSchema>>;
  /** Members that are left out when they are empty, as `omitempty` of their Go types has it. */
  readonly omitsEmpty?: readonly string[];
  readonly selectableFields?: Readonly<Record<string, (object: Stored) => string>>;
  readonly countsGenerations?: boolean;
  readonly storage?: StorageMapping;
  readonly strategy?: Strategy;
}

const allVerbs: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** The descriptor of a built-in kind. */
export function builtIn(declaration: BuiltIn): KindDescriptor {
  const { kind, group = '', version = 'v1' } = declaration;
  const plural = declaration.plural ?? `${kind.toLowerCase()}s`;
  const schema = struct(declaration.members);
  return {
    group,
    version,
    kind,
    plural,
    singular: declaration.singular ?? kind.toLowerCase(),
    listKind: `${kind}List`,
    namespaced: declaration.cluster !== true,
    shortNames: declaration.shortNames ?? [],
    categories: declaration.categories ?? [],
    custom: false,
    verbs: declaration.verbs ?? allVerbs,
    hasStatus: declaration.hasStatus ?? false,
    ...(declaration.scale === undefined ? {} : { scale: declaration.scale }),
    schema: declaration.description === undefined ? schema : { ...schema, description: declaration.description },
    selectableFields: declaration.selectableFields ?? {},
    countsGenerations: declaration.countsGenerations ?? false,
    storage: declaration.storage ?? { resource: resourceId({ group, plural }) },
    strategy: strategyOf(declaration),
  };
}

function strategyOf({ strategy = {}, omitsEmpty }: BuiltIn): Strategy {
  if (omitsEmpty === undefined) return strategy;
  const { prepare } = strategy;
  return {
    ...strategy,
    prepare: (object, before) => {
      const prepared = prepare?.(object, before) ?? object;
      const empty = omitsEmpty.filter((name) => isEmpty(prepared[name]));
      if (empty.length === 0) return prepared;
      return Object.fromEntries(Object.entries(prepared).filter(([name]) => !empty.includes(name)));
    },
  };
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Reads a text member by its path for a field selector; empty when it is absent. */
export function textAt(...path: readonly string[]): (object: Stored) => string {
  return (object) => {
    let value: unknown = object;
    for (const name of path)
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
    return value === undefined || value === null ? '' : asText(value);
  };
}
