import { badRequest } from '../status/status.js';

/** Any object the engine stores. Objects are frozen once stored and shared by all readers. */
export interface Stored {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMeta;
  readonly [member: string]: unknown;
}

export interface StoredMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly Owner[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: 'Apply' | 'Update';
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: 'FieldsV1';
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
  readonly subresource?: string;
}

/** An object on its way to storage: named and versioned, nothing of it known to be right. */
export type Draft = Record<string, unknown>;

/**
 * A deeply frozen equal of `value`. Parts that are frozen already are taken to be deeply frozen and are shared; others are
 * copied, so that what the giver does with them later changes nothing. Members that are undefined are left out.
 */
export function frozenCopy(value: unknown): unknown {
  return copied(value, 0);
}

/** No object of any use is nearly as deep; walks over deeper ones would exhaust the stack. */
const maxDepth = 500;

function copied(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (depth > maxDepth) throw badRequest(`the object is nested more than ${maxDepth} levels deep`);
  if (Array.isArray(value)) return Object.freeze(value.map((item) => copied(item, depth + 1)));
  const copy: Record<string, unknown> = {};
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (member !== undefined) copy[name] = copied(member, depth + 1);
  }
  return Object.freeze(copy);
}

/** Freezes a value of our own making in place; stops at parts that are frozen already. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freezeDeep(member);
  return value;
}
