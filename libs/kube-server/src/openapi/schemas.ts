import type { KindDescriptor } from '../kinds/descriptor.js';
import { objectMeta } from '../registry/decode.js';
import { rootMembers, type StructuralSchema } from '../schema/schema.js';

/** A schema of a document: structural, or a reference to another one. */
export interface DocumentSchema extends Omit<StructuralSchema, 'properties'> {
  readonly properties?: Readonly<Record<string, StructuralSchema | Reference>>;
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

export interface Reference {
  readonly description?: string;
  readonly $ref: string;
}

export interface GroupVersionKind {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
}

export const objectMetaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** What a definition is called: reversed group, version and kind; the groups of Kubernetes itself by their Go packages. */
export function definitionName({ group, version, kind, custom }: KindDescriptor): string {
  if (custom) return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
  return `io.k8s.api.${group === '' ? 'core' : group.split('.')[0]}.${version}.${kind}`;
}

export function groupVersionKindOf({ group, version, kind }: KindDescriptor): GroupVersionKind {
  return { group, kind, version };
}

const typeMembers: Readonly<Record<string, StructuralSchema>> = {
  apiVersion: {
    type: 'string',
    description:
      'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  },
  kind: {
    type: 'string',
    description:
      'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  },
};

const metadataDescription =
  "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/** The schema of a whole object of a kind. */
export function objectSchema(kind: KindDescriptor, referTo: (name: string) => string): DocumentSchema {
  const { properties = {}, ...rest } = kind.schema;
  const own = Object.fromEntries(Object.entries(properties).filter(([name]) => !rootMembers.has(name)));
  return {
    ...rest,
    type: 'object',
    properties: {
      ...typeMembers,
      metadata: { description: metadataDescription, $ref: referTo(objectMetaName) },
      ...own,
    },
    'x-kubernetes-group-version-kind': [groupVersionKindOf(kind)],
  };
}

export const objectMetaSchema: StructuralSchema = {
  ...objectMeta,
  description:
    'ObjectMeta is metadata that all persisted resources must have, which includes all objects users must create.',
};
