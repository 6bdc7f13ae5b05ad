import type { StructuralSchema } from '../../schema/schema.js';
import { escapedName } from '../values.js';

export type TypeKind =
  | 'list'
  | 'map'
  | 'object'
  | 'string'
  | 'bytes'
  | 'int'
  | 'double'
  | 'bool'
  | 'timestamp'
  | 'duration'
  | 'dyn';

/** A type with the most of it that a request can hold (k8s.io/apiserver/pkg/cel, DeclType). */
export interface SizedType {
  readonly kind: TypeKind;
  /** Items, members or characters; 0 of what has no size. */
  readonly maxElements: number;
  /** Bytes of the shortest JSON. */
  readonly minBytes: number;
  readonly key?: SizedType;
  readonly element?: SizedType;
  readonly fields?: ReadonlyMap<string, SizedType>;
}

/** What a request to kube-apiserver may hold (k8s.io/apiserver/pkg/apis/cel, MaxRequestSizeBytes). */
export const maxRequestBytes = 3 * 1024 * 1024;

const scalars: Readonly<Partial<Record<string, SizedType>>> = {
  boolean: { kind: 'bool', maxElements: 0, minBytes: 4 },
  number: { kind: 'double', maxElements: 0, minBytes: 1 },
  integer: { kind: 'int', maxElements: 0, minBytes: 1 },
};
const key: SizedType = { kind: 'string', maxElements: 0, minBytes: 2 };
const text: StructuralSchema = { type: 'string' };
const metadata: StructuralSchema = { type: 'object', properties: { name: text, generateName: text } };

/**
 * The type of what a schema describes; undefined when rules do not see it.
 * (k8s.io/apiserver/pkg/cel/common/schemas.go, SchemaDeclType)
 */
export function sizedType(schema: StructuralSchema, isRoot: boolean): SizedType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true)
    return { kind: 'dyn', maxElements: longest(schema) ?? maxRequestBytes - 2, minBytes: 1 };
  const whole = isRoot
    ? { ...schema, properties: { ...schema.properties, kind: text, apiVersion: text, metadata } }
    : schema;
  switch (whole.type) {
    case 'array':
      return listType(whole);
    case 'object':
      return typeof whole.additionalProperties === 'object' ? mapType(whole) : objectType(whole);
    case 'string':
      return textType(whole);
    default:
      return scalars[whole.type ?? ''];
  }
}

const below = (schema: StructuralSchema): SizedType | undefined =>
  sizedType(schema, schema['x-kubernetes-embedded-resource'] === true);

function listType({ items, maxItems }: StructuralSchema): SizedType | undefined {
  const element = items === undefined ? undefined : below(items);
  if (element === undefined) return undefined;
  const most = maxItems ?? Math.floor((maxRequestBytes - 2) / (element.minBytes + 1));
  return { kind: 'list', maxElements: most, minBytes: 2, element };
}

function mapType({ additionalProperties, maxProperties }: StructuralSchema): SizedType | undefined {
  const element = typeof additionalProperties === 'object' ? below(additionalProperties) : undefined;
  if (element === undefined) return undefined;
  const most = maxProperties ?? Math.floor((maxRequestBytes - 2) / (element.minBytes + 6));
  return { kind: 'map', maxElements: most, minBytes: 2, key, element };
}

function objectType({ properties = {}, required = [] }: StructuralSchema): SizedType {
  const fields = new Map<string, SizedType>();
  let minBytes = 2;
  for (const [name, schema] of Object.entries(properties)) {
    const type = below(schema);
    if (type === undefined) continue;
    const escaped = escapedName(name);
    if (escaped !== undefined) fields.set(escaped, type);
    if (required.includes(name) && schema.default === undefined)
      minBytes += Buffer.byteLength(name) + type.minBytes + 4;
  }
  return { kind: 'object', maxElements: 0, minBytes, fields };
}

function textType(schema: StructuralSchema): SizedType {
  switch (schema.format) {
    case 'byte':
      return { kind: 'bytes', maxElements: schema.maxLength ?? maxRequestBytes - 2, minBytes: 2 };
    case 'duration':
      return { kind: 'duration', maxElements: 32, minBytes: 3 };
    case 'date':
      return { kind: 'timestamp', maxElements: 12, minBytes: 12 };
    case 'date-time':
      return { kind: 'timestamp', maxElements: 32, minBytes: 21 };
    default:
      return {
        kind: 'string',
        maxElements: longest(schema) ?? longestChoice(schema) ?? maxRequestBytes - 2,
        minBytes: 2,
      };
  }
}

/** Lengths are counted in characters, of which each may be four bytes. */
function longest({ maxLength }: StructuralSchema): number | undefined {
  return maxLength === undefined ? undefined : maxLength * 4;
}

function longestChoice({ enum: choices = [] }: StructuralSchema): number | undefined {
  if (choices.length === 0) return undefined;
  return Math.max(0, ...choices.map((choice) => (typeof choice === 'string' ? Buffer.byteLength(choice) : 0)));
}
