import { equalJson } from '@keelson/std';
import { isObject } from '../schema/schema.js';
import { ApiError, badRequest } from '../status/status.js';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

const maxOperations = 10_000;

/**
 * JSON patch (RFC 6902). The target is not changed.
 *
 * @throws ApiError 400 for what is no patch, 422 when a test fails or a path is missing
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  if (patch.length > maxOperations)
    throw new ApiError(
      413,
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    );
  const copies = { bytes: 0 };
  return patch.reduce<unknown>((value, operation: unknown) => {
    if (!isOperation(operation)) throw badRequest('error decoding patch: an operation needs op and path');
    return applyOperation(value, operation, copies);
  }, target);
}

function isOperation(value: unknown): value is Operation {
  return isObject(value) && typeof value.op === 'string' && typeof value.path === 'string';
}

function applyOperation(target: unknown, operation: Operation, copies: { bytes: number }): unknown {
  const path = pointer(operation.path);
  switch (operation.op) {
    case 'add':
      return added(target, path, operation.value);
    case 'remove':
      return removed(target, path);
    case 'replace':
      return path.length === 0 ? operation.value : added(removed(target, path), path, operation.value);
    case 'test':
      if (!equalJson(valueAt(target, path, true) ?? null, operation.value ?? null)) throw failed();
      return target;
    case 'copy':
      return added(target, path, counted(valueAt(target, pointer(operation.from ?? ''), false), copies));
    case 'move': {
      const from = pointer(operation.from ?? '');
      return added(removed(target, from), path, valueAt(target, from, false));
    }
    default:
      throw failed();
  }
}

/** As a real server: a few operations could otherwise double an object until nothing can hold it. */
const maxCopiedBytes = 3 * 1024 * 1024;

function counted(value: unknown, copies: { bytes: number }): unknown {
  copies.bytes += JSON.stringify(value).length;
  if (copies.bytes <= maxCopiedBytes) return value;
  throw new ApiError(
    422,
    'Invalid',
    `Unable to complete the copy, the accumulated size increase of copy is ${copies.bytes}, exceeding the limit ${maxCopiedBytes}`,
    {},
  );
}

/** The one answer of the real server to every patch that cannot be applied. */
function failed(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

function pointer(text: string): string[] {
  if (text === '') return [];
  if (!text.startsWith('/')) throw failed();
  return text
    .slice(1)
    .split('/')
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
}

function valueAt(target: unknown, path: readonly string[], mayMiss: boolean): unknown {
  let value = target;
  for (const part of path) {
    const next: unknown = Array.isArray(value)
      ? (value as unknown[])[indexOf(value, part, false)]
      : isObject(value) && Object.hasOwn(value, part)
        ? value[part]
        : undefined;
    if (next === undefined) {
      if (mayMiss) return undefined;
      throw failed();
    }
    value = next;
  }
  return value;
}

function added(target: unknown, path: readonly string[], value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (Array.isArray(target)) {
    const copy = [...(target as unknown[])];
    if (rest.length > 0) {
      const at = indexOf(copy, part, false);
      copy[at] = added(copy[at], rest, value);
    } else copy.splice(part === '-' ? copy.length : indexOf(copy, part, true), 0, value);
    return copy;
  }
  if (!isObject(target)) throw failed();
  if (rest.length === 0) return { ...target, [part]: value };
  if (!Object.hasOwn(target, part) || target[part] === undefined) throw failed();
  return { ...target, [part]: added(target[part], rest, value) };
}

function removed(target: unknown, path: readonly string[]): unknown {
  const [part, ...rest] = path;
  if (part === undefined) throw failed();
  if (Array.isArray(target)) {
    const at = indexOf(target, part, false);
    const copy = [...(target as unknown[])];
    if (rest.length > 0) copy[at] = removed(copy[at], rest);
    else copy.splice(at, 1);
    return copy;
  }
  if (!isObject(target) || !Object.hasOwn(target, part) || target[part] === undefined) throw failed();
  const { [part]: below, ...others } = target;
  return rest.length === 0 ? others : { ...target, [part]: removed(below, rest) };
}

function indexOf(list: readonly unknown[], part: string, canAppend: boolean): number {
  const index = /^(0|[1-9]\d*)$/.test(part) ? Number(part) : Number.NaN;
  if (!(index < list.length + (canAppend ? 1 : 0))) throw failed();
  return index;
}
