import { apiVersionOf, type KindDescriptor } from '../kinds/descriptor.js';
import { applyDefaults } from '../schema/defaults.js';
import { prune } from '../schema/prune.js';
import { asText, isObject, memberSchema, type StructuralSchema } from '../schema/schema.js';
import { ApiError, badRequest, fieldInvalid, invalid } from '../status/status.js';
import type { KindTable } from '../kinds/kind-table.js';
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

/**
 * Reads a body as an object of the kind: its apiVersion and kind are right, and so are the types that Go would refuse.
 *
 * @param kinds what else is served, to tell kinds that are elsewhere from those that are nowhere
 */
export function decodeObject(kind: KindDescriptor, body: unknown, kinds?: KindTable): Draft {
  if (!isObject(body)) throw unrecognized(kind.kind, noObject(body), body === undefined ? '' : JSON.stringify(body));
  const expected = apiVersionOf(kind);
  if (kind.custom) requireCustomType(kind, body);
  else requireBuiltInType(kind, body, kinds);
  const typed = { apiVersion: expected, kind: kind.kind };
  const object: Draft =
    body.apiVersion === expected && body.kind === kind.kind ? body : { ...typed, ...body, ...typed };
  requireGoTypes(kind, object);
  return object;
}

/** 400 about a body in which nothing can be recognised. */
export function unrecognized(kind: string, problem: string, text: string): ApiError {
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): ${problem} (${summaryOf(Buffer.from(text))})`,
  );
}

const shownBytes = 30;

/** The beginning of a body, as text when it may be JSON. */
function summaryOf(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const shown = bytes.subarray(0, shownBytes);
  return `${shown.toString(bytes[0] === 0x7b ? 'utf8' : 'hex')}${bytes.length > shownBytes ? ' ...' : ''}`;
}

function noObject(body: unknown): string {
  const problem =
    body === undefined
      ? 'unexpected end of JSON input'
      : `json: cannot unmarshal ${goName(body)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
  return `couldn't get version/kind; json parse error: ${problem}`;
}

function requireCustomType(kind: KindDescriptor, body: Draft): void {
  if (!body.kind) {
    const text = JSON.stringify(body);
    throw unrecognized(kind.kind, `Object 'Kind' is missing in '${text}'`, text);
  }
  requireApiVersion(kind, body);
  if (body.kind === kind.kind) return;
  const metadata = isObject(body.metadata) ? body.metadata : {};
  throw invalid({ group: kind.group, kind: asText(body.kind) }, asText(metadata.name), [
    fieldInvalid('kind', body.kind, `must be ${kind.kind}`),
  ]);
}

function requireBuiltInType(kind: KindDescriptor, body: Draft, kinds: KindTable | undefined): void {
  const given = asText(body.kind);
  const apiVersion = asText(body.apiVersion);
  if (given !== '' && apiVersion !== '' && kinds !== undefined && kinds.byKind(apiVersion, given) === undefined)
    throw badRequest(`${handled(kind, given, apiVersion)}: ${unregistered(given, apiVersion)}`);
  if (given !== '' && given !== kind.kind)
    throw badRequest(`${handled(kind, given, apiVersion)}: ${unconverted(kind, given, apiVersion)}`);
  if (apiVersion !== '') requireApiVersion(kind, body);
}

function requireApiVersion(kind: KindDescriptor, { apiVersion }: Draft): void {
  const expected = apiVersionOf(kind);
  if (apiVersion === expected) return;
  throw badRequest(
    `the API version in the data (${asText(apiVersion)}) does not match the expected API version (${expected})`,
  );
}

/** What is said of a kind that no scheme knows. */
export function unregistered(kind: string, apiVersion: string): string {
  return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "embedded"`;
}

function unconverted(kind: KindDescriptor, given: string, apiVersion: string): string {
  const group = kind.group === '' ? 'core' : (kind.group.split('.')[0] ?? '');
  return `converting (${shortOf(apiVersion)}.${given}) to (${group}.${kind.kind}): unknown conversion`;
}

function handled(kind: KindDescriptor, given: string, apiVersion: string): string {
  return `${given} in version ${JSON.stringify(shortOf(apiVersion))} cannot be handled as a ${kind.kind}`;
}

function shortOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}

function requireGoTypes(kind: KindDescriptor, object: Draft): void {
  const wrong =
    goTypeError(objectMeta, object.metadata, 'ObjectMeta', 'metadata') ??
    (kind.custom ? undefined : goTypeError(kind.schema, object, kind.kind, ''));
  if (wrong !== undefined) throw badRequest(`${handled(kind, kind.kind, kind.version)}: ${wrong}`);
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
    return `json: cannot unmarshal ${goName(value)} into ${where}`;
  }
  if (schema.format === 'byte') return base64Problem(asText(value));
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
          path === '' && isOwn && (name === 'spec' || name === 'status') ? `${structName}${capital(name)}` : structName,
          isOwn ? [path === 'metadata' ? '' : path, name].filter((part) => part !== '').join('.') : path,
        );
  });
}

/** What encoding/base64 says of the first character that is none of its own. */
function base64Problem(text: string): string | undefined {
  const wrong = text.replace(/=+$/, '').search(/[^A-Za-z0-9+/\r\n]/);
  if (wrong >= 0) return `illegal base64 data at input byte ${wrong}`;
  const length = text.replace(/[\r\n]/g, '').length;
  return length % 4 === 0 ? undefined : `illegal base64 data at input byte ${length - (length % 4)}`;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
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
  /** Nulls are as the writer has them: applied configurations are not cleaned of them. */
  readonly keepsNulls?: boolean;
  /** Paths of members that stood twice in the body. */
  readonly duplicates?: readonly string[];
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
  const pruned = prune(kind.schema, object, before, how.keepsNulls);
  const meta = isObject(object.metadata) ? prune(objectMeta, object.metadata) : undefined;
  const unknown = [...(meta?.unknown ?? []).map((path) => `metadata.${path}`), ...pruned.unknown];
  if (kind.custom) unknown.sort();
  const problems = [
    ...(how.duplicates ?? []).map((path) => `duplicate field ${JSON.stringify(path)}`),
    ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
  ];
  if (problems.length > 0) complain(kind, object, problems, how);
  const value =
    meta === undefined || meta.value === object.metadata ? pruned.value : { ...pruned.value, metadata: meta.value };
  return applyDefaults(kind.schema, value, before);
}

function complain(kind: KindDescriptor, object: Draft, problems: readonly string[], how: Cleaning): void {
  if (how.fieldValidation === 'Ignore') return;
  if (how.fieldValidation === 'Warn') return problems.forEach((problem) => how.warn(problem));
  const strict = `strict decoding error: ${problems.join(', ')}`;
  if (how.via === 'body') throw badRequest(`${handled(kind, kind.kind, kind.version)}: ${strict}`);
  throw patchRefused(object, strict);
}

/** 422 about an object that a patch has made. */
export function patchRefused(object: unknown, why: string): ApiError {
  return invalid({ group: '', kind: '' }, '', [fieldInvalid('patch', JSON.stringify(object), why)]);
}
