import type { StructuralSchema } from '../schema/schema.js';
import { isObject } from '../schema/schema.js';
import type { Draft, ManagedFieldsEntry, Stored } from '../storage/stored.js';
import { compareValues } from './compare.js';
import { difference, emptySet, intersection, isEmptySet, union, withoutBelow } from './field-set.js';
import { decodeManagers, encodeManagers, isSameManager, type Manager, withSet } from './managers.js';
import { withMetadata } from './shape.js';

export interface Update {
  readonly schema: StructuralSchema;
  /** undefined at creation. */
  readonly before: Stored | undefined;
  readonly after: Draft;
  readonly manager: string;
  readonly apiVersion: string;
  /** Empty for the main resource. */
  readonly subresource: string;
  /** metav1.Time of now. */
  readonly now: string;
}

/**
 * managedFields after a write that was no apply: what changed joins the writer's entry and leaves the others', what is
 * gone leaves all. The same array when nothing changed.
 */
export function trackUpdate(update: Update): readonly ManagedFieldsEntry[] {
  const { before, after } = update;
  const given = isObject(after.metadata) ? after.metadata.managedFields : undefined;
  const live = before?.metadata.managedFields ?? [];
  if (isReset(given)) return [];
  const chosen = update.subresource === '' ? chosenEntries(given, live) : live;
  const { changed, removed } = compareValues(withMetadata(update.schema), before ?? {}, after);
  if (isEmptySet(changed) && isEmptySet(removed)) return chosen;
  const own = {
    manager: update.manager,
    operation: 'Update' as const,
    apiVersion: update.apiVersion,
    subresource: update.subresource,
  };
  const managers = decodeManagers(chosen) ?? [];
  // Who owns what is not known of such an object, and nobody starts to count before the first apply.
  if (before !== undefined && managers.length === 0) return [];
  const others = managers.filter((manager) => !isSameManager(manager, own));
  const writer: Manager = managers.find((manager) => isSameManager(manager, own)) ?? {
    ...own,
    time: undefined,
    set: emptySet,
    entry: undefined,
  };
  const kept = others.map((manager) =>
    withSet(manager, withoutBelow(withoutMembers(manager, changed), removed), manager.time),
  );
  // kube-apiserver writes no time for the subresource scale.
  const time = update.subresource === 'scale' ? undefined : update.now;
  return encodeManagers([...kept, withSet(writer, union(withoutBelow(writer.set, removed), changed), time)]);
}

function withoutMembers(manager: Manager, changed: Manager['set']): Manager['set'] {
  const lost = intersection(manager.set, changed);
  return isEmptySet(lost) ? manager.set : difference(manager.set, lost);
}

/** `[{}]` written by a client removes all entries. */
function isReset(given: unknown): boolean {
  if (!Array.isArray(given) || given.length !== 1) return false;
  const only: unknown = given[0];
  return isObject(only) && Object.keys(only).length === 0;
}

/** What the client wrote counts when it can be read and is not empty; else the live entries do. */
function chosenEntries(given: unknown, live: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] {
  if (!Array.isArray(given) || given.length === 0 || given === live) return live;
  return decodeManagers(given) === undefined ? live : (given as ManagedFieldsEntry[]);
}
