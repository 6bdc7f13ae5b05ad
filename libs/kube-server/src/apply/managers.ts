import { sharedFields } from '../storage/shared-fields.js';
import type { ManagedFieldsEntry } from '../storage/stored.js';
import { equalSets, type FieldSet, fromFieldsV1, isEmptySet, toFieldsV1, union } from './field-set.js';

/** One entry of managedFields, its fields as a set. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
  /** The entry this was read from; written back as it is when nothing changed. */
  readonly entry: ManagedFieldsEntry | undefined;
}

type Identity = Pick<Manager, 'manager' | 'operation' | 'apiVersion' | 'subresource'>;

export function isSameManager(a: Identity, b: Identity): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.apiVersion === b.apiVersion &&
    a.subresource === b.subresource
  );
}

/** managedFields as managers; undefined when one entry cannot be read. */
export function decodeManagers(entries: unknown): Manager[] | undefined {
  if (!Array.isArray(entries)) return [];
  const managers: Manager[] = [];
  for (const entry of entries as ManagedFieldsEntry[]) {
    const set = fromFieldsV1(entry.fieldsV1);
    if (
      set === undefined ||
      (entry.operation !== 'Apply' && entry.operation !== 'Update') ||
      entry.apiVersion === undefined
    )
      return undefined;
    managers.push({
      manager: entry.manager ?? '',
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? '',
      time: entry.time,
      set,
      entry,
    });
  }
  return managers;
}

const maxUpdateManagers = 10;
const ancient = 'ancient-changes';

/** Managers as managedFields: sorted, empty ones left out, the oldest updates folded together. */
export function encodeManagers(managers: readonly Manager[]): ManagedFieldsEntry[] {
  return capped(managers.filter((manager) => !isEmptySet(manager.set)))
    .sort(byTime)
    .map(entryOf);
}

/**
 * The manager with another set, and if that differs with another time; undefined: the entry has none. Only who writes has
 * another time: that others lose something to it does not move theirs.
 */
export function withSet(manager: Manager, set: FieldSet, time: string | undefined): Manager {
  return set === manager.set || equalSets(set, manager.set) ? manager : { ...manager, set, time, entry: undefined };
}

function entryOf(manager: Manager): ManagedFieldsEntry {
  if (manager.entry !== undefined) return manager.entry;
  return {
    manager: manager.manager,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(manager.time === undefined ? {} : { time: manager.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: sharedFields(toFieldsV1(manager.set)),
    ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
  };
}

function capped(managers: readonly Manager[]): Manager[] {
  const updates = managers
    .filter((manager) => manager.operation === 'Update' && manager.subresource === '')
    .sort(byTime);
  if (updates.length <= maxUpdateManagers) return [...managers];
  const folded = updates
    .filter((manager) => manager.manager !== ancient)
    .slice(0, updates.length - maxUpdateManagers + 1);
  const rest = managers.filter((manager) => !folded.includes(manager));
  for (const old of folded) {
    const at = rest.findIndex(
      (manager) =>
        manager.manager === ancient && manager.apiVersion === old.apiVersion && manager.operation === 'Update',
    );
    const bucket = rest[at];
    if (bucket === undefined) rest.push({ ...old, manager: ancient, entry: undefined });
    else rest[at] = { ...bucket, set: union(bucket.set, old.set), time: old.time, entry: undefined };
  }
  return rest;
}

function byTime(a: Manager, b: Manager): number {
  const left = [a.operation, a.time ?? '', a.manager, a.apiVersion, a.subresource];
  const right = [b.operation, b.time ?? '', b.manager, b.apiVersion, b.subresource];
  const i = left.findIndex((part, index) => part !== right[index]);
  if (i < 0) return 0;
  return (left[i] as string) < (right[i] as string) ? -1 : 1;
}
