import { CORE_SCHEMA, load } from 'js-yaml';
import { messageOf } from '@keelson/std';
import { decodeProtobuf } from '../protobuf/decode.js';
import type { PatchType } from '../registry/write.js';
import { unrecognized, unregistered } from '../registry/decode.js';
import { asText, isObject } from '../schema/schema.js';
import { ApiError, badRequest } from '../status/status.js';
import { withDuplicates } from '../schema/duplicates.js';
import { formatOf, unsupportedMediaType } from './answers/negotiate.js';

const protobuf = 'application/vnd.kubernetes.protobuf';

/**
 * Reads a body that holds a whole object. Without a Content-Type it is JSON; an empty one is undefined.
 *
 * @param kind what the object should be
 * @throws ApiError 415 for other media types, 400 for what cannot be read
 */
export function decodeBody(bytes: Buffer, contentType: string | undefined, kind = 'object'): unknown {
  const type = mediaType(contentType);
  if (type === '' && contentType !== undefined) throw unsupportedMediaType();
  if (type === protobuf) return bytes.length === 0 ? undefined : protobufOf(bytes, kind);
  const format = type === '' ? 'json' : formatOf(type);
  if (format === undefined) throw unsupportedMediaType();
  if (bytes.length === 0) return undefined;
  const text = bytes.toString('utf8');
  if (format === 'yaml') return parseYaml(text);
  return parseJson(text, (problem) => unrecognized(kind, `${noVersion}${problem}`, text));
}

function protobufOf(bytes: Buffer, kind: string): unknown {
  if (bytes.subarray(0, 4).equals(Buffer.from('k8s\0'))) return decodeProtobuf(bytes);
  const problem = 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]';
  throw unrecognized(kind, problem, bytes.toString('utf8'));
}

const noVersion = "couldn't get version/kind; json parse error: ";

/**
 * Reads the options of a deletion.
 *
 * @throws ApiError 500 for what is none, as kube-apiserver does
 */
export function decodeDeletion(bytes: Buffer, contentType: string | undefined): unknown {
  if (bytes.length === 0) return undefined;
  const type = mediaType(contentType);
  const body =
    type === '' || formatOf(type) === 'json'
      ? parseJson(bytes.toString('utf8'), (problem) => new ApiError(500, undefined, `${noVersion}${problem}`))
      : decodeBody(bytes, contentType, 'DeleteOptions');
  const { kind, apiVersion } = isObject(body) ? body : {};
  if (typeof kind === 'string' && kind !== '' && kind !== 'DeleteOptions')
    throw new ApiError(500, undefined, unregistered(kind, asText(apiVersion)));
  return body;
}

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/**
 * Which patch a Content-Type announces.
 *
 * @param custom custom kinds have no strategic patches
 * @throws ApiError 415
 */
export function patchTypeOf(contentType: string | undefined, custom: boolean): PatchType {
  const type = patchTypes[mediaType(contentType)];
  if (type === undefined && !custom) throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  if (type === undefined || (type === 'strategic' && custom)) {
    throw unsupportedMediaType(Object.keys(patchTypes).filter((known) => !custom || patchTypes[known] !== 'strategic'));
  }
  return type;
}

/** An apply is YAML, of which JSON is a part; all other patches are JSON. */
export function decodePatch(bytes: Buffer, type: PatchType): unknown {
  const text = bytes.toString('utf8');
  if (type !== 'apply') return parseJson(text, (problem) => badRequest(`error decoding patch: ${problem}`));
  return text.trimStart().startsWith('{') ? (parseJson(text, () => undefined) ?? parseYaml(text)) : parseYaml(text);
}

function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function parseJson(text: string, refused: (problem: string) => ApiError | undefined): unknown {
  try {
    return withDuplicates(JSON.parse(text), text);
  } catch (error) {
    const failure = refused(goProblem(messageOf(error)));
    if (failure === undefined) return undefined;
    throw failure;
  }
}

/** What encoding/json says of a text, from what JSON.parse says of it. */
function goProblem(message: string): string {
  if (/unexpected end|unterminated/i.test(message)) return 'unexpected end of JSON input';
  const [, token] = /token '?(.)'?/.exec(message) ?? [];
  return token === undefined ? message : `invalid character '${token}' looking for beginning of value`;
}

function parseYaml(text: string): unknown {
  try {
    const value = load(text, { schema: CORE_SCHEMA });
    requireBounded(value, { left: maxNodes });
    return value;
  } catch (error) {
    throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${messageOf(error)}`);
  }
}

const maxNodes = 500_000;

/** Aliases let a small text stand for an endless tree. */
function requireBounded(value: unknown, budget: { left: number }): void {
  if (--budget.left < 0) throw new RangeError('the document has too many nodes');
  if (typeof value !== 'object' || value === null) return;
  for (const member of Object.values(value)) requireBounded(member, budget);
}
