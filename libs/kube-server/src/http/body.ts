import { CORE_SCHEMA, load } from 'js-yaml';
import { messageOf } from '@keelson/std';
import { decodeProtobuf } from '../protobuf/decode.js';
import type { PatchType } from '../registry/write.js';
import { badRequest } from '../status/status.js';
import { formatOf, unsupportedMediaType } from './negotiate.js';

const protobuf = 'application/vnd.kubernetes.protobuf';

/**
 * Reads a body that holds a whole object. Without a Content-Type it is JSON; an empty one is undefined.
 *
 * @throws ApiError 415 for other media types, 400 for what cannot be read
 */
export function decodeBody(bytes: Buffer, contentType: string | undefined): unknown {
  const type = mediaType(contentType);
  if (type === protobuf) return bytes.length === 0 ? undefined : decodeProtobuf(bytes);
  const format = type === '' ? 'json' : formatOf(type);
  if (format === undefined) throw unsupportedMediaType();
  if (bytes.length === 0) return undefined;
  return format === 'json' ? parseJson(bytes.toString('utf8')) : parseYaml(bytes.toString('utf8'));
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
  if (type === undefined || (type === 'strategic' && custom)) {
    throw unsupportedMediaType(Object.keys(patchTypes).filter((known) => !custom || patchTypes[known] !== 'strategic'));
  }
  return type;
}

/** An apply is YAML, of which JSON is a part; all other patches are JSON. */
export function decodePatch(bytes: Buffer, type: PatchType): unknown {
  const text = bytes.toString('utf8');
  if (type !== 'apply') return parseJson(text);
  return text.trimStart().startsWith('{') ? parseJson(text, parseYaml) : parseYaml(text);
}

function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function parseJson(text: string, otherwise?: (text: string) => unknown): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (otherwise !== undefined) return otherwise(text);
    throw badRequest(`the object provided is unrecognized: json parse error: ${messageOf(error)}`);
  }
}

function parseYaml(text: string): unknown {
  try {
    const value = load(text, { schema: CORE_SCHEMA });
    requireBounded(value, { left: maxNodes });
    return value;
  } catch (error) {
    throw badRequest(`error parsing YAML: ${messageOf(error)}`);
  }
}

const maxNodes = 500_000;

/** Aliases let a small text stand for an endless tree. */
function requireBounded(value: unknown, budget: { left: number }): void {
  if (--budget.left < 0) throw new RangeError('the document has too many nodes');
  if (typeof value !== 'object' || value === null) return;
  for (const member of Object.values(value)) requireBounded(member, budget);
}
