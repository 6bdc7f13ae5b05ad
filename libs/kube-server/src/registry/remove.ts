import { rfc3339 } from '@keelson/std';
import type { KindDescriptor } from '../kinds/descriptor.js';
import { isObject } from '../schema/schema.js';
import { ApiError, forbidden, modified, notFound, preconditionFailed, type Status } from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';
import { hasOwnFinalizers, isNamespace } from './admit.js';
import { type Call, headOf, readAs, type Registry } from './context.js';
import { HeadMoved, replanned } from './hooks.js';
import { type DeleteOptions, deleteOptions } from './options.js';
import { selection } from './read.js';

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';
export const definitionFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

export interface Removed {
  /** The object, while something still keeps it; else undefined. */
  readonly kept: Stored | undefined;
  /** The last state. */
  readonly object: Stored;
}

/** DELETE: removes an object, or marks it when a finalizer, dependents or a grace period keep it. */
export function deleteObject(registry: Registry, call: Call, name: string, body: unknown): Promise<Removed> {
  return replanned(
    () => planRemoval(registry, call, name, body),
    () => modified(call.kind, name),
  );
}

async function planRemoval(registry: Registry, call: Call, name: string, body: unknown): Promise<Removed> {
  const options = deleteOptions(call.query, body);
  const before = headOf(registry, call, name);
  if (before === undefined) throw notFound(call.kind, name);
  requirePreconditions(call, before, options);
  const refused = protectedNamespace(call, name);
  if (refused !== undefined) throw refused;
  for (const rule of registry.admission)
    rule({ kind: call.kind, operation: 'delete', object: before, before, user: call.user });
  const head = (): Stored | undefined => registry.store.head(call.kind.storage.resource, call.namespace ?? '', name);
  const stored = head() as Stored;
  const { dryRun } = options;
  const hooks = registry.hooksFor({ call, operation: 'DELETE', name, subresource: '', before, dryRun });
  if (hooks !== undefined) {
    await hooks.mutate(undefined);
    await hooks.validate(undefined);
    if (head() !== stored) throw new HeadMoved();
  }
  return removed(registry, call, before, stored, options);
}

export interface DeleteCollectionResult {
  /** What was selected, each as its deletion left it. */
  readonly items: readonly Stored[];
}

const batch = 64;

/** DELETE of a collection: every object that the selectors choose, as if each were deleted by itself. */
export async function deleteCollection(registry: Registry, call: Call, body: unknown): Promise<DeleteCollectionResult> {
  const { kind, query } = call;
  const matches = selection(kind, {
    labelSelector: query.labelSelector ?? '',
    fieldSelector: query.fieldSelector ?? '',
  });
  const chosen = registry.store
    .view(kind.storage.resource)
    .list(kind.namespaced ? call.namespace : undefined)
    .filter((stored) => matches?.(stored) ?? true);
  const items: Stored[] = [];
  for (let from = 0; from < chosen.length; from += batch) {
    items.push(
      ...(
        await Promise.all(chosen.slice(from, from + batch).map((stored) => deleteChosen(registry, call, stored, body)))
      ).flat(),
    );
  }
  return { items };
}

/** What has gone since it was chosen is no failure. */
async function deleteChosen(registry: Registry, call: Call, { metadata }: Stored, body: unknown): Promise<Stored[]> {
  try {
    return [(await deleteObject(registry, { ...call, namespace: metadata.namespace }, metadata.name, body)).object];
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return [];
    throw error;
  }
}

/** Marks or removes an object that was checked already. */
async function removed(
  registry: Registry,
  call: Call,
  before: Stored,
  stored: Stored,
  options: DeleteOptions,
): Promise<Removed> {
  const { kind } = call;
  const { type, object } = planDeletion(registry, kind, stored, options);
  if (type === 'nothing') return { kept: before, object: before };
  if (options.dryRun) return { kept: type === 'put' ? readAs(kind, object) : undefined, object: readAs(kind, object) };
  const written = readAs(
    kind,
    await registry.store.write({ type, resource: kind.storage.resource, object, previous: stored }),
  );
  return { kept: type === 'put' ? written : undefined, object: written };
}

interface DeletionPlan {
  readonly type: 'put' | 'delete' | 'nothing';
  readonly object: Stored;
}

function planDeletion(registry: Registry, kind: KindDescriptor, stored: Stored, options: DeleteOptions): DeletionPlan {
  const finalizers = finalizersFor(kind, stored, options);
  const grace = kind.strategy.gracePeriod?.(stored, options.gracePeriodSeconds) ?? 0;
  const { metadata } = stored;
  if (finalizers.length === 0 && grace === 0 && !hasOwnFinalizers(stored))
    return { type: 'delete', object: withMeta(stored, { finalizers }) };
  if (metadata.deletionTimestamp !== undefined) {
    const left = Math.min(grace, metadata.deletionGracePeriodSeconds ?? 0);
    const isSame =
      left === (metadata.deletionGracePeriodSeconds ?? 0) && sameTexts(finalizers, metadata.finalizers ?? []);
    return isSame
      ? { type: 'nothing', object: stored }
      : { type: 'put', object: withMeta(stored, { finalizers, deletionGracePeriodSeconds: left }) };
  }
  const marked = withMeta(stored, {
    finalizers,
    deletionTimestamp: rfc3339(registry.clock.now() + grace * 1000),
    ...(isNamespace(stored) ? {} : { deletionGracePeriodSeconds: grace }),
    ...(metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }),
  });
  return {
    type: 'put',
    object: isNamespace(stored)
      ? { ...marked, status: { ...(isObject(stored.status) ? stored.status : {}), phase: 'Terminating' } }
      : marked,
  };
}

function withMeta(stored: Stored, changes: Draft & { finalizers?: readonly string[] }): Stored {
  const { finalizers, ...metadata } = { ...stored.metadata, ...changes };
  return {
    ...stored,
    metadata: finalizers === undefined || finalizers.length === 0 ? metadata : { ...metadata, finalizers },
  };
}

/** Dependents are kept, waited for or left to themselves by a finalizer that garbage collection answers. */
function finalizersFor(kind: KindDescriptor, stored: Stored, options: DeleteOptions): readonly string[] {
  const present = stored.metadata.finalizers ?? [];
  const { propagation } = options;
  const own =
    kind.group === 'apiextensions.k8s.io' &&
    !present.includes(definitionFinalizer) &&
    stored.metadata.deletionTimestamp === undefined
      ? [definitionFinalizer]
      : [];
  if (propagation === undefined) return [...present, ...own];
  const others = present.filter((finalizer) => finalizer !== foregroundFinalizer && finalizer !== orphanFinalizer);
  if (propagation === 'Foreground') return [...others, ...own, foregroundFinalizer];
  return propagation === 'Orphan' ? [...others, ...own, orphanFinalizer] : [...others, ...own];
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

function requirePreconditions({ kind }: Call, before: Stored, options: DeleteOptions): void {
  const { uid, resourceVersion, name } = before.metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    throw preconditionFailed(
      kind,
      kind.kind,
      name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    throw preconditionFailed(
      kind,
      kind.kind,
      name,
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

function protectedNamespace({ kind }: Call, name: string): ApiError | undefined {
  return kind.group === '' && kind.kind === 'Namespace' && immortal.has(name)
    ? forbidden(kind, name, 'this namespace may not be deleted')
    : undefined;
}

/** The answer to a deletion that left nothing. */
export function deletionStatus(call: Call, object: Stored): Status {
  const { kind } = call;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name,
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.plural,
      uid: object.metadata.uid,
    },
  };
}
