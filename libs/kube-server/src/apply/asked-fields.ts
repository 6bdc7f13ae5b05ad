import { isObject } from '../schema/schema.js';
import type { Draft } from '../storage/stored.js';

/** Who owns what of an object that is answered and not stored. */
export interface Asker {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource?: string;
  /** metav1.Time of now. */
  readonly now: string;
}

/**
 * managedFields of a review or a token request: all of its spec is the asker's.
 *
 * @param pointers members of spec that are pointers in their Go type, which are owned themselves too
 */
export function askedFields(spec: Draft, asker: Asker, pointers: readonly string[] = []): readonly Draft[] {
  const members = Object.entries(spec).filter(([, value]) => value !== undefined && value !== null && value !== '');
  if (members.length === 0) return [];
  const owned = members.map(([name, value]) => [`f:${name}`, fieldsOf(value, pointers.includes(name))]);
  return [
    {
      manager: asker.manager,
      operation: 'Update',
      apiVersion: asker.apiVersion,
      time: asker.now,
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': Object.fromEntries(owned) },
      ...(asker.subresource === undefined ? {} : { subresource: asker.subresource }),
    },
  ];
}

function fieldsOf(value: unknown, isPointer: boolean): Draft {
  if (!isObject(value)) return {};
  const below = Object.entries(value)
    .filter(([, member]) => member !== undefined && member !== null && member !== '')
    .map(([name, member]) => [`f:${name}`, fieldsOf(member, false)]);
  return Object.fromEntries([...(isPointer ? [['.', {}]] : []), ...below]) as Draft;
}
