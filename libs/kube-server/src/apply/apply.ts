import { canonicalJson } from '@keelson/std';
import type { StructuralSchema } from '../schema/schema.js';
import { asText, isObject } from '../schema/schema.js';
import { ApiError, type StatusCause } from '../status/status.js';
import type { Draft, ManagedFieldsEntry, Stored } from '../storage/stored.js';
import { appliedSet, compareValues } from './compare.js';
import {
  difference,
  emptySet,
  type FieldSet,
  intersection,
  isEmptySet,
  leaf,
  nodeOf,
  pathsOf,
  pathText,
  union,
  withoutBelow,
} from './field-set.js';
import { decodeManagers, encodeManagers, isSameManager, type Manager, withSet } from './managers.js';
import { mergeValues, removeUnowned } from './merge.js';
import { kindText } from '../kinds/descriptor.js';
import { withMetadata } from './shape.js';
import { trackUpdate } from './track.js';
import { typedErrors } from './typed.js';

export interface Apply {
  readonly schema: StructuralSchema;
  /** undefined when the apply creates the object. */
  readonly live: Stored | undefined;
  /** The configuration, pruned of what this endpoint may not set. */
  readonly applied: Draft;
  readonly manager: string;
  /** The namespace that the configuration names itself; empty when it leaves that to the request. */
  readonly givenNamespace: string;
  readonly apiVersion: string;
  /** Empty for the main resource. */
  readonly subresource: string;
  readonly force: boolean;
  /** metav1.Time of now. */
  readonly now: string;
}

export interface Applied {
  /** The merged object with its managedFields; the live object itself when nothing changed. */
  readonly object: Draft;
  /** Fields that other managers own with other values; empty when the apply may go on. */
  readonly conflicts: readonly Conflict[];
}

export interface Conflict {
  readonly manager: Manager;
  readonly path: readonly string[];
}

/**
 * Server-side apply (structured-merge-diff's Updater.Apply): merges the configuration into the live object, removes what
 * its manager no longer names and nobody else owns, and finds conflicts, which `force` resolves for the applier.
 *
 * @throws ApiError 500 for fields the schema does not know and duplicates, as the real server
 */
export function mergeApply(apply: Apply): Applied {
  requireTyped(apply);
  const result = attempt(apply, apply.force);
  if (result.conflicts.length === 0) return refreshed(apply, result);
  const allowed = lastAppliedSet(apply);
  if (allowed === undefined) return result;
  const left = result.conflicts.filter((conflict) => !contains(allowed, conflict.path));
  return left.length > 0 ? { ...result, conflicts: left } : refreshed(apply, attempt(apply, true));
}

function requireTyped(apply: Apply): void {
  const errors = typedErrors(apply.schema, apply.applied);
  if (errors.length === 0) return;
  const metadata = isObject(apply.applied.metadata) ? apply.applied.metadata : {};
  const id = `(${apply.givenNamespace}/${asText(metadata.name)}; ${kindText(apply.apiVersion, asText(apply.applied.kind))})`;
  const text = errors.length === 1 ? errors[0] : `errors:\n${errors.map((error) => `  ${error}`).join('\n')}`;
  throw new ApiError(500, undefined, `failed to create typed patch object ${id}: ${text}`);
}

function attempt(apply: Apply, force: boolean): Applied {
  const schema = withMetadata(apply.schema);
  const own = {
    manager: apply.manager,
    operation: 'Apply' as const,
    apiVersion: apply.apiVersion,
    subresource: apply.subresource,
  };
  const managers = decodeManagers(entriesOf(apply)) ?? [];
  const others = managers.filter((manager) => !isSameManager(manager, own));
  const former = managers.find((manager) => isSameManager(manager, own));
  const set = appliedSet(schema, apply.applied);
  const merged = mergeValues(schema, apply.live ?? {}, apply.applied);
  const owned = others.reduce((sum, manager) => union(sum, manager.set), union(set, metadataItself));
  const object = asDraft(removeUnowned(schema, merged, former?.set ?? emptySet, owned));
  const { changed, removed } = compareValues(schema, apply.live ?? {}, object);
  const conflicts = others.flatMap((manager) =>
    pathsOf(intersection(manager.set, changed)).map((path) => ({ manager, path })),
  );
  if (conflicts.length > 0 && !force) return { object, conflicts };
  const kept = others.map((manager) =>
    withSet(manager, withoutBelow(difference(manager.set, intersection(manager.set, changed)), removed), manager.time),
  );
  const isChange = apply.live === undefined || !isEmptySet(changed) || !isEmptySet(removed);
  const applier: Manager = former ?? { ...own, time: undefined, set: emptySet, entry: undefined };
  const time = isChange ? apply.now : applier.time;
  const managedFields = encodeManagers([...kept, withSet(applier, set, time)]);
  return { object: withManagedFields(apply, object, managedFields), conflicts: [] };
}

/** Of an object that nobody is known to own anything of, all belongs to whoever wrote it before the first apply. */
function entriesOf({ live, schema, now }: Apply): readonly ManagedFieldsEntry[] {
  const entries = live?.metadata.managedFields ?? [];
  if (live === undefined || entries.length > 0) return entries;
  return trackUpdate({
    schema,
    before: undefined,
    after: live,
    manager: 'before-first-apply',
    apiVersion: live.apiVersion,
    subresource: '',
    now,
  });
}

/** metadata stays, whoever owned something in it. */
const metadataItself = nodeOf(false, [['f:metadata', leaf]]);

function asDraft(value: unknown): Draft {
  if (!isObject(value)) throw new TypeError('an apply must leave an object');
  return value;
}

/** The merged object with its managedFields; the live object when neither moved. */
function withManagedFields(apply: Apply, object: Draft, managedFields: readonly unknown[]): Draft {
  const live = apply.live?.metadata.managedFields ?? [];
  const isSame = managedFields.length === live.length && managedFields.every((entry, i) => entry === live[i]);
  const metadata = isObject(object.metadata) ? object.metadata : {};
  if (isSame && apply.live !== undefined) return object;
  return { ...object, metadata: { ...metadata, managedFields } };
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * What `kubectl apply` of the client side has set before and is still as it set it: kubectl's own migration to server-side
 * apply may take it over.
 */
function lastAppliedSet(apply: Apply): FieldSet | undefined {
  const text = apply.live?.metadata.annotations?.[lastApplied];
  if (apply.manager !== 'kubectl' || text === undefined) return undefined;
  try {
    const schema = withMetadata(apply.schema);
    const configuration: unknown = JSON.parse(text);
    const { changed, removed } = compareValues(schema, configuration, apply.live);
    return difference(appliedSet(schema, configuration), union(changed, removed));
  } catch {
    return undefined;
  }
}

function contains(set: FieldSet, path: readonly string[]): boolean {
  let at: FieldSet | undefined = set;
  for (const element of path) at = at?.children.get(element);
  return at !== undefined && !isEmptySet(at);
}

/** An apply by kubectl keeps the client-side annotation up to date, so that both ways stay usable. */
function refreshed(apply: Apply, result: Applied): Applied {
  const { metadata } = result.object;
  if (
    apply.manager !== 'kubectl' ||
    apply.live?.metadata.annotations?.[lastApplied] === undefined ||
    !isObject(metadata)
  )
    return result;
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  if (annotations[lastApplied] === undefined) return result;
  const text = lastAppliedText(apply);
  if (annotations[lastApplied] === text) return result;
  return {
    ...result,
    object: { ...result.object, metadata: { ...metadata, annotations: { ...annotations, [lastApplied]: text } } },
  };
}

/** The configuration as it came, as Go writes JSON. */
function lastAppliedText({ applied, givenNamespace }: Apply): string {
  const { managedFields: _fields, namespace, ...rest } = isObject(applied.metadata) ? applied.metadata : {};
  const metadata = givenNamespace === '' ? rest : { ...rest, namespace };
  const text = canonicalJson({ ...applied, metadata });
  return `${text.replace(/[<>&\u2028\u2029]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

/** 409 with one cause for each field, in the words kubectl prints. */
export function applyConflict(conflicts: readonly Conflict[]): ApiError {
  const causes: StatusCause[] = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(manager)}`,
    field: pathText(path),
  }));
  return new ApiError(409, 'Conflict', conflictMessage(conflicts), { causes });
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1 && first !== undefined)
    return `Apply failed with 1 conflict: conflict with ${managerText(first.manager)}: ${pathText(first.path)}`;
  const byManager = new Map<string, string[]>();
  for (const { manager, path } of conflicts)
    byManager.set(managerText(manager), [...(byManager.get(managerText(manager)) ?? []), `- ${pathText(path)}`]);
  const lines = [...byManager]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([manager, paths]) => [`conflicts with ${manager}:`, ...paths]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function managerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = JSON.stringify(manager) + (subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
