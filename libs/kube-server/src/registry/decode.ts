import { apiVersionOf, type KindDescriptor } from '../kinds/descriptor.js';
import { applyDefaults } from '../schema/defaults.js';
import { prune } from '../schema/prune.js';
import { asText, isObject, memberSchema, type StructuralSchema } from '../schema/schema.js';
import { ApiError, badRequest } from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';
import { anything, flag, integer, labels, listOf, long, struct, text, time } from '../kinds/schema-words.js';
import type { FieldValidation } from './options.js';

/** metav1.ObjectMeta, which every kind has and no kind's schema describes. */
export const objectMeta: StructuralSchema = struct({
  name: text,
  generateName: text,
  namespace: text,
  selfLink: text,
  uid: text,
  resourceVersion: text,
  generation: long,
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: long,
  labels,
  annotations: labels,
  ownerReferences: listOf(
    struct({ apiVersion: text, kind: text, name: text, uid: text, controller: flag, blockOwnerDeletion: flag }),
  ),
  finalizers: listOf(text),
  managedFields: listOf(
    struct({
      manager: text,
      operation: text,
      apiVersion: text,
      time,
      fieldsType: text,
      fieldsV1: anything,
      subresource: text,
    }),
  ),
});

/** Reads a body as an object of the kind: its apiVersion and kind are right, and so are the types that Go would refuse. */
export function decodeObject(kind: KindDescriptor, body: unknown): Draft {
  if (!isObject(body))
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${goName(body)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  const expected = apiVersionOf(kind);
  const given = body.apiVersion ?? '';
  if (given !== '' || kind.custom) {
    if (kind.custom && !body.kind) throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(body)}'`);
    if (given !== expected && (kind.custom || body.kind === kind.kind))
      throw badRequest(
        `the API version in the data (${asText(given)}) does not match the expected API version (${expected})`,
      );
  }
  if (body.kind !== undefined && body.kind !== '' && body.kind !== kind.kind) throw badRequest(wrongKind(kind, body));
  const object: Draft =
    body.apiVersion === expected && body.kind === kind.kind ? body : { ...body, apiVersion: expected, kind: kind.kind };
  requireGoTypes(kind, object);
  return object;
}

function wrongKind(kind: KindDescriptor, body: Draft): string {
  const [version, given] = [asText(body.apiVersion ?? ''), String(body.kind)];
  const short = version.includes('/') ? version.slice(version.indexOf('/') + 1) : version;
  return `${given} in version ${JSON.stringify(short)} cannot be handled as a ${kind.kind}: converting (${short}.${given}) to (${kind.group === '' ? 'core' : kind.group.split('.')[0]}.${kind.kind}): unknown conversion`;
}

function requireGoTypes(kind: KindDescriptor, object: Draft): void {
  const wrong =
    goTypeError(objectMeta, object.metadata, 'ObjectMeta', 'metadata') ??
    (kind.custom ? undefined : goTypeError(kind.schema, object, kind.kind, ''));
  if (wrong !== undefined)
    throw badRequest(
      `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: json: ${wrong}`,
    );
}

/** What encoding/json would say of the first value that does not fit; undefined when all fit. */
function goTypeError(schema: StructuralSchema, value: unknown, structName: string, path: string): string | undefined {
  if (value === undefined || value === null || schema['x-kubernetes-int-or-string'] === true) return undefined;
  const wanted = schema.type;
  if (wanted !== undefined && !fits(wanted, value)) {
    const where =
      path === ''
        ? `Go value of type ${structName}`
        : `Go struct field ${structName}.${path} of type ${goType(schema)}`;
    return `cannot unmarshal ${goName(value)} into ${where}`;
  }
  if (Array.isArray(value))
    return schema.items === undefined
      ? undefined
      : first(value, (item) => goTypeError(schema.items as StructuralSchema, item, structName, path));
  if (!isObject(value)) return undefined;
  return first(Object.keys(value), (name) => {
    const below = memberSchema(schema, name);
    const isOwn = schema.properties?.[name] !== undefined;
    return below === undefined
      ? undefined
      : goTypeError(
          below,
          value[name],
          structName,
          isOwn ? [path === 'metadata' ? '' : path, name].filter((part) => part !== '').join('.') : path,
        );
  });
}

function first<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fits(wanted: string, value: unknown): boolean {
  switch (wanted) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === wanted;
  }
}

function goName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function goType(schema: StructuralSchema): string {
  if (schema.type === 'string') return 'string';
  if (schema.type === 'boolean') return 'bool';
  if (schema.type === 'integer') return schema.format === integer.format ? 'int32' : 'int64';
  if (schema.type === 'array') return `[]${schema.items === undefined ? 'interface {}' : goType(schema.items)}`;
  return typeof schema.additionalProperties === 'object'
    ? `map[string]${goType(schema.additionalProperties)}`
    : 'struct';
}

export interface Cleaning {
  readonly fieldValidation: FieldValidation;
  /** Patches are refused in other words than whole objects. */
  readonly via: 'body' | 'patch';
  readonly warn: (text: string) => void;
}

/** What was pruned and filled by a schema when it was stored; no other schema may rely on it. */
const clean = new WeakMap<Stored, StructuralSchema>();

export function rememberClean(kind: KindDescriptor, stored: Stored): void {
  clean.set(stored, kind.schema);
}

/**
 * Drops unknown fields (an error, a warning or silence, as asked) and fills defaults. Parts that an update shares with the
 * object before are clean when that is.
 */
export function cleaned(kind: KindDescriptor, object: Draft, how: Cleaning, live?: Stored): Draft {
  const before = live !== undefined && clean.get(live) === kind.schema ? live : undefined;
  const pruned = prune(kind.schema, object, before);
  const meta = isObject(object.metadata) ? prune(objectMeta, object.metadata) : undefined;
  const unknown = [...pruned.unknown, ...(meta?.unknown ?? []).map((path) => `metadata.${path}`)].sort();
  if (unknown.length > 0)
    complain(
      kind,
      object,
      unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
      how,
    );
  const value =
    meta === undefined || meta.value === object.metadata ? pruned.value : { ...pruned.value, metadata: meta.value };
  return applyDefaults(kind.schema, value, before);
}

function complain(kind: KindDescriptor, object: Draft, problems: readonly string[], how: Cleaning): void {
  if (how.fieldValidation === 'Ignore') return;
  if (how.fieldValidation === 'Warn') return problems.forEach((problem) => how.warn(problem));
  const strict = `strict decoding error: ${problems.join(', ')}`;
  if (how.via === 'body')
    throw badRequest(
      `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${strict}`,
    );
  const detail = `Invalid value: ${JSON.stringify(JSON.stringify(object))}: ${strict}`;
  throw new ApiError(422, 'Invalid', ` "" is invalid: patch: ${detail}`, {
    causes: [{ reason: 'FieldValueInvalid', message: detail, field: 'patch' }],
  });
}
