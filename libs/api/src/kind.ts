import type { z } from 'zod';
import type { KubeObject } from './object.js';

/**
 * What a client must know to address a kind. `T` is the object's type; it exists for the compiler only.
 */
export interface Kind<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly hasStatus: boolean;
  readonly __object?: T;
}

/** The object type of a kind: `ObjectOf<typeof BareMetalHostKind>`. */
export type ObjectOf<K> = K extends Kind<infer T> ? T : never;

/** One declaration of a custom kind. CRD, client type, reference page and console forms are generated from it. */
export interface KindDeclaration<T extends KubeObject = KubeObject> extends Kind<T> {
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** The service that writes the status, such as `baremetal-svc`. */
  readonly owner: string;
  /** One paragraph for the reference page: what the object means to an operator. */
  readonly description: string;
  /** Absent in kinds whose members are all in `root`. */
  readonly spec: z.ZodType | undefined;
  readonly status: z.ZodType | undefined;
  /** Kinds without spec and status (top-level fields): their members beside metadata. */
  readonly root: z.ZodType | undefined;
  readonly columns: readonly PrinterColumn[];
  /** CEL rules, each at the schema node it hangs on: '' is the root, 'spec.bmc' a member, 'spec.devices[]' an item of a list. */
  readonly rules: readonly Rule[];
  /** Notes for the reference page: choices made where the reference is silent. */
  readonly notes: readonly string[];
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date' | 'number';
  readonly jsonPath: string;
  readonly description?: string;
  /** 0 is always shown; above only in wide output. */
  readonly priority?: 0 | 1 | 2;
}

export interface Rule {
  readonly at: string;
  readonly rule: string;
  readonly message: string;
  readonly messageExpression?: string;
  readonly fieldPath?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
}

export interface KindOptions<
  S extends z.ZodType | undefined,
  St extends z.ZodType | undefined,
  R extends z.ZodType | undefined,
> {
  group: string;
  version: string;
  kind: string;
  plural: string;
  scope: 'Namespaced' | 'Cluster';
  owner: string;
  description: string;
  spec?: S;
  status?: St;
  root?: R;
  singular?: string;
  shortNames?: readonly string[];
  categories?: readonly string[];
  columns?: readonly PrinterColumn[];
  rules?: readonly Rule[];
  notes?: readonly string[];
}

type Member<Name extends string, Z> = Z extends z.ZodType ? { [K in Name]: z.infer<Z> } : unknown;
type OptionalMember<Name extends string, Z> = Z extends z.ZodType ? { [K in Name]?: z.infer<Z> } : unknown;
type RootMember<Z> = Z extends z.ZodType ? z.infer<Z> : unknown;

/**
 * Declares a custom kind.
 *
 * @returns the declaration; its type parameter carries the object's TypeScript type
 */
export function defineKind<
  S extends z.ZodType | undefined = undefined,
  St extends z.ZodType | undefined = undefined,
  R extends z.ZodType | undefined = undefined,
>(
  options: KindOptions<S, St, R>,
): KindDeclaration<KubeObject & Member<'spec', S> & OptionalMember<'status', St> & RootMember<R>> {
  return {
    group: options.group,
    version: options.version,
    kind: options.kind,
    plural: options.plural,
    scope: options.scope,
    hasStatus: options.status !== undefined,
    singular: options.singular ?? options.kind.toLowerCase(),
    listKind: `${options.kind}List`,
    shortNames: options.shortNames ?? [],
    categories: options.categories ?? ['keelson'],
    owner: options.owner,
    description: options.description,
    spec: options.spec,
    status: options.status,
    root: options.root,
    columns: options.columns ?? [],
    rules: options.rules ?? [],
    notes: options.notes ?? [],
  };
}

/** `v1` or `group/version`. */
export function apiVersionOf(kind: Pick<Kind, 'group' | 'version'>): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

/** `plural.group`, the name Kubernetes uses in messages and RBAC; the plural alone for the core group. */
export function resourceName(kind: Pick<Kind, 'group' | 'plural'>): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}
