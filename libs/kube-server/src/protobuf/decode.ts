import { badRequest } from '../status/status.js';
import type { Draft } from '../storage/stored.js';
import { type Field, type MessageType, messageTypes } from './messages.js';
import { Reader } from './reader.js';

/** `k8s\0`, which every protobuf body begins with. */
const magic = Buffer.from('k8s\0', 'latin1');

/**
 * Reads a body of application/vnd.kubernetes.protobuf: the four magic bytes, then runtime.Unknown (typeMeta=1 {apiVersion=1,
 * kind=2}, raw=2), whose raw bytes are the message of the kind. Fields that are not known are skipped.
 *
 * @throws ApiError 400 for bytes that are none of this, and for kinds that no client is known to send so
 */
export function decodeProtobuf(bytes: Buffer): Draft {
  if (bytes.length < magic.length || !bytes.subarray(0, magic.length).equals(magic))
    throw badRequest('the protobuf body does not begin with the expected bytes');
  try {
    return decodeUnknown(bytes.subarray(magic.length));
  } catch (error) {
    if (error instanceof RangeError) throw badRequest(`the protobuf body is broken: ${error.message}`);
    throw error;
  }
}

function decodeUnknown(bytes: Uint8Array): Draft {
  const envelope = decodeMessage(envelopeType, bytes);
  const { apiVersion = '', kind = '' } = (envelope.typeMeta ?? {}) as { apiVersion?: string; kind?: string };
  const type =
    messageTypes[`${apiVersion}/${kind}`] ?? (kind === 'DeleteOptions' ? messageTypes['v1/DeleteOptions'] : undefined);
  if (type === undefined)
    throw badRequest(
      `no kind ${JSON.stringify(kind)} of version ${JSON.stringify(apiVersion)} can be read from protobuf, send it as JSON`,
    );
  const raw = envelope.raw instanceof Uint8Array ? envelope.raw : new Uint8Array();
  return { apiVersion, kind, ...decodeMessage(type, raw) };
}

const envelopeType: MessageType = {
  1: {
    name: 'typeMeta',
    type: 'message',
    of: () => ({ 1: { name: 'apiVersion', type: 'string' }, 2: { name: 'kind', type: 'string' } }),
  },
  2: { name: 'raw', type: 'raw' },
};

function decodeMessage(type: MessageType, bytes: Uint8Array): Draft {
  const reader = new Reader(bytes);
  const message: Draft = {};
  while (!reader.atEnd) {
    const { number, wireType } = reader.tag();
    const field = type[number];
    if (field === undefined) reader.skip(wireType);
    else if (wireType !== wireTypeOf(field)) throw new RangeError(`field ${field.name} has the wrong wire type`);
    else put(message, field, reader);
  }
  return message;
}

function wireTypeOf(field: Field): number {
  return field.type === 'int' || field.type === 'bool' ? 0 : 2;
}

function put(message: Draft, field: Field, reader: Reader): void {
  const value = read(field, reader);
  if (field.inline === true) Object.assign(message, value);
  else if (field.map === true) putEntry(message, field, value as { key?: string; value?: unknown });
  else if (field.repeated === true)
    message[field.name] = [...((message[field.name] as unknown[] | undefined) ?? []), value ?? emptyOf(field)];
  else if (field.isPointer === true || !isEmpty(value)) message[field.name] = value;
}

function putEntry(message: Draft, field: Field, { key = '', value }: { key?: string; value?: unknown }): void {
  message[field.name] = { ...(message[field.name] as Draft | undefined), [key]: value ?? emptyOf(field) };
}

/** In a map or a list even what is empty is there. */
function emptyOf(field: Field): unknown {
  return field.type === 'string' || field.type === 'bytes' ? '' : {};
}

/** Go writes members that are not pointers even when they are empty; JSON leaves them out. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '' || value === 0 || value === false) return true;
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    Object.keys(value).length === 0
  );
}

function read(field: Field, reader: Reader): unknown {
  if (field.map === true) return decodeMessage(entryType(field), reader.bytes());
  switch (field.type) {
    case 'string':
      return reader.text();
    case 'int':
      return reader.integer();
    case 'bool':
      return reader.integer() !== 0;
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'raw':
      return reader.bytes();
    case 'time':
      return timeOf(decodeMessage(timeType, reader.bytes()));
    case 'quantity':
      return decodeMessage(quantityType, reader.bytes()).string ?? '0';
    case 'intOrString':
      return intOrString(decodeMessage(intOrStringType, reader.bytes()));
    case 'message':
      return decodeMessage(field.of?.() ?? {}, reader.bytes());
  }
}

function entryType(field: Field): MessageType {
  const { map: _map, ...value } = field;
  return { 1: { name: 'key', type: 'string' }, 2: { ...value, name: 'value' } };
}

const timeType: MessageType = { 1: { name: 'seconds', type: 'int' }, 2: { name: 'nanos', type: 'int' } };
const quantityType: MessageType = { 1: { name: 'string', type: 'string' } };
const intOrStringType: MessageType = {
  1: { name: 'type', type: 'int' },
  2: { name: 'int', type: 'int' },
  3: { name: 'text', type: 'string' },
};

/** A time that was never set has neither part. */
function timeOf({ seconds }: Draft): string | undefined {
  return typeof seconds === 'number' ? `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` : undefined;
}

function intOrString({ type, int = 0, text = '' }: Draft): unknown {
  return type === 1 ? text : int;
}
