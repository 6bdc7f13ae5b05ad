import { equalJson } from '@keelson/std';
import { asText, isObject } from '../schema/schema.js';
import { type FieldError, fieldForbidden, fieldInvalid, fieldRequired, fieldTooLong } from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';
import { configKeyErrors } from './names.js';

const maxBytes = 1_048_576;

/** Moves stringData to data and names the type. */
export function prepareSecret(object: Draft): Draft {
  const { stringData, ...rest } = object;
  const type = rest.type === undefined || rest.type === '' ? 'Opaque' : rest.type;
  if (!isObject(stringData)) return rest.type === type && stringData === undefined ? object : { ...rest, type };
  const data: Record<string, unknown> = isObject(rest.data) ? { ...rest.data } : {};
  for (const [key, value] of Object.entries(stringData))
    data[key] = Buffer.from(String(value), 'utf8').toString('base64');
  return { ...rest, data, type };
}

export function validateSecret(object: Draft, before: Stored | undefined): FieldError[] {
  const errors = [...keyErrors(object.data, 'data'), ...immutableErrors(object, before, ['data'])];
  const size = Object.values(isObject(object.data) ? object.data : {}).reduce<number>(
    (sum, value) => sum + Buffer.byteLength(String(value), 'base64'),
    0,
  );
  if (size > maxBytes) errors.push(fieldTooLong('data', maxBytes));
  errors.push(...typeErrors(object));
  if (before !== undefined && object.type !== before.type)
    errors.push(fieldInvalid('type', object.type, 'field is immutable'));
  return errors;
}

/** What the types of secrets that Kubernetes knows must hold: of some everything, of basic-auth one of two. */
function typeErrors(object: Draft): FieldError[] {
  const data = isObject(object.data) ? object.data : {};
  const missing = (...names: readonly string[]): FieldError[] =>
    names.filter((name) => data[name] === undefined).map((name) => fieldRequired(`data[${name}]`));
  switch (object.type) {
    case 'kubernetes.io/tls':
      return missing('tls.crt', 'tls.key');
    case 'kubernetes.io/dockerconfigjson':
      return [...missing('.dockerconfigjson'), ...jsonErrors(data, '.dockerconfigjson')];
    case 'kubernetes.io/dockercfg':
      return [...missing('.dockercfg'), ...jsonErrors(data, '.dockercfg')];
    case 'kubernetes.io/ssh-auth':
      return missing('ssh-privatekey');
    case 'kubernetes.io/basic-auth':
      return missing('username').length + missing('password').length < 2 ? [] : missing('username', 'password');
    case 'kubernetes.io/service-account-token':
      return accountErrors(object);
    default:
      return [];
  }
}

function jsonErrors(data: Record<string, unknown>, name: string): FieldError[] {
  if (data[name] === undefined) return [];
  try {
    JSON.parse(Buffer.from(asText(data[name]), 'base64').toString('utf8'));
    return [];
  } catch {
    return [fieldInvalid(`data[${name}]`, '<secret contents redacted>', 'invalid character')];
  }
}

const accountName = 'kubernetes.io/service-account.name';

function accountErrors({ metadata }: Draft): FieldError[] {
  const annotations = isObject(metadata) && isObject(metadata.annotations) ? metadata.annotations : {};
  return annotations[accountName] ? [] : [fieldRequired(`metadata.annotations[${accountName}]`)];
}

export function validateConfigMap(object: Draft, before: Stored | undefined): FieldError[] {
  const errors = [...keyErrors(object.data, 'data'), ...keyErrors(object.binaryData, 'binaryData')];
  const both = Object.keys(isObject(object.data) ? object.data : {}).filter(
    (key) => isObject(object.binaryData) && key in object.binaryData,
  );
  for (const key of both) errors.push(fieldInvalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
  const size = [object.data, object.binaryData]
    .flatMap((part) => Object.values(isObject(part) ? part : {}))
    .reduce<number>((sum, value) => sum + Buffer.byteLength(String(value)), 0);
  if (size > maxBytes) errors.push(fieldTooLong('', maxBytes));
  return [...errors, ...immutableErrors(object, before, ['data', 'binaryData'])];
}

function keyErrors(data: unknown, field: string): FieldError[] {
  return Object.keys(isObject(data) ? data : {}).flatMap((key) =>
    configKeyErrors(key).map((error) => fieldInvalid(`${field}[${key}]`, key, error)),
  );
}

function immutableErrors(object: Draft, before: Stored | undefined, members: readonly string[]): FieldError[] {
  if (before?.immutable !== true) return [];
  const errors =
    object.immutable === true ? [] : [fieldForbidden('immutable', 'field is immutable when `immutable` is set')];
  const changed = members.filter((name) => !equalJson(object[name], before[name]));
  return [...errors, ...changed.map((name) => fieldForbidden(name, 'field is immutable when `immutable` is set'))];
}
