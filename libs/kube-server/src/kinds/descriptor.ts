import type { StructuralSchema } from '../schema/schema.js';
import type { FieldError } from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';

/** Everything the engine knows of one kind in one version. A profile is a list of these. */
export interface KindDescriptor {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** True for kinds of a CustomResourceDefinition. */
  readonly custom: boolean;
  readonly verbs: readonly Verb[];
  readonly hasStatus: boolean;
  readonly scale?: ScalePaths;
  /** Schema of the whole object; apiVersion, kind and metadata need not be described. */
  readonly schema: StructuralSchema;
  /** Printer columns of a custom kind; built-in kinds are known to the table printer by name. */
  readonly columns?: readonly PrinterColumn[];
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly selectableFields: Readonly<Record<string, (object: Stored) => string>>;
  /** Whether metadata.generation is counted: custom kinds, definitions and workloads. */
  readonly countsGenerations: boolean;
  /** Where it is stored and how stored objects read in this version. */
  readonly storage: StorageMapping;
  readonly strategy: Strategy;
  /** Said to everyone who uses this version. */
  readonly deprecation?: string;
}

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export interface StorageMapping {
  /** Shared by all versions (and for events both groups) of a resource: `plural.group`. */
  readonly resource: string;
  /** Group and version that objects are stored in; those of the kind when absent. */
  readonly storedVersion?: string;
  /** How a stored object reads in this version; identity when absent. */
  readonly read?: (stored: Stored) => Stored;
  /** How an object of this version is stored; identity when absent. */
  readonly write?: (object: Draft) => Draft;
}

/** What is particular to a kind when it is written. All of it is synchronous and pure but for what it returns. */
export interface Strategy {
  /** Fills what the server fills, after decoding and before validation; returns the object to store. */
  readonly prepare?: (object: Draft, before: Stored | undefined) => Draft;
  /** Checks beyond metadata; `before` is undefined at creation. */
  readonly validate?: (object: Draft, before: Stored | undefined, part?: 'main' | 'status') => FieldError[];
  /** Whether rules hang on the schema. */
  readonly hasRules?: boolean;
  /** Members that `prepare` fills of new objects and that nobody owns. */
  readonly serverMembers?: readonly string[];
  /** The kind that refusals name, when it is another than that of the path. */
  readonly refusedAs?: { readonly group: string; readonly kind: string };
  /** What is wrong with a name; DNS subdomain unless given. */
  readonly nameErrors?: (name: string) => string[];
  /** A deletion is answered with the object it removed, not with a Status. */
  readonly returnsDeleted?: boolean;
  /** PUT on a name that does not exist creates it. */
  readonly createsOnUpdate?: boolean;
  /** PUT without resourceVersion is refused, as it is for custom kinds. */
  readonly needsVersionOnUpdate?: boolean;
  /** Seconds a deletion waits for someone else to finish it (pods on a node); 0 or absent: at once. */
  readonly gracePeriod?: (object: Stored, requested: number | undefined) => number;
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

/** JSON paths of the scale subresource, such as `.spec.replicas`. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** `plural.group`, or the plural alone in the core group. */
export function resourceId(kind: { readonly group: string; readonly plural: string }): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

/** A kind as Go prints it: `group/version, Kind=k`, with the slash for the core group too. */
export function kindText(apiVersion: string, kind: string): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

/** `v1` or `group/version`. */
export function apiVersionOf(kind: { readonly group: string; readonly version: string }): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}
