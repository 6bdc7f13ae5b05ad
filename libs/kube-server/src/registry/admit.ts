import { equalJson, uuid } from '@keelson/std';
import { trackUpdate } from '../apply/track.js';
import { apiVersionOf, type KindDescriptor } from '../kinds/descriptor.js';
import { asText, isObject } from '../schema/schema.js';
import {
  alreadyExists,
  ApiError,
  type FieldError,
  forbidden,
  invalid,
  modified,
  notFound,
  qualified,
} from '../status/status.js';
import { type Draft, frozenCopy, type Stored } from '../storage/stored.js';
import { type Call, headOf, readAs, type Registry, timestamp, type Written } from './context.js';
import { createdMetadata, metadataErrors, metadataUpdateErrors, metaOf, updatedMetadata } from './metadata.js';
import { cleaned, rememberClean } from './decode.js';
import { HeadMoved, type HookView } from './hooks.js';
import { requireVersionNumber, type WriteOptions } from './options.js';

/** The part of an object that a write may change: the subresource, or all but status where status is one. */
export type Part = 'main' | 'status';

export interface Proposal {
  readonly object: Draft;
  readonly options: WriteOptions;
  readonly part: Part;
  /** Subresource named in managedFields; empty for the main resource. */
  readonly subresource: string;
  /** Server-side apply has settled the managedFields already. */
  readonly isTracked: boolean;
  /** The name is taken: all is checked, to tell what is wrong with the object first, and nothing is written. */
  readonly isTaken?: boolean;
  /** How hooks see the object of an update; as it is when absent. */
  readonly view?: HookView;
}

/** Checks and queues the creation of an object that was decoded, pruned and defaulted. */
export async function admitCreation(
  registry: Registry,
  call: Call,
  name: string,
  proposal: Proposal,
): Promise<Written> {
  const { kind } = call;
  const { options } = proposal;
  const made = { uid: uuid(registry.random), now: timestamp(registry) };
  let object = created(registry, call, name, proposal, made);
  const hooks = registry.hooksFor({
    call,
    operation: 'CREATE',
    name: asText(metaOf(proposal.object).name ?? ''),
    subresource: proposal.subresource,
    before: undefined,
    dryRun: options.dryRun,
  });
  if (hooks !== undefined) {
    const changed = (await hooks.mutate(asSent(object, proposal))) ?? object;
    object = created(registry, call, name, settled(kind, proposal, changed, object), made);
    requireValidNew(registry, call, object);
    await hooks.validate(object);
    requireNamespace(registry, kind, call.namespace, name);
    if (!proposal.isTaken && headOf(registry, call, name) !== undefined) throw new HeadMoved();
  }
  requireValidNew(registry, call, object);
  if (proposal.isTaken) throw alreadyExists(kind, name);
  const stored = finished(kind, object);
  if (options.dryRun) return { status: 201, object: readAs(kind, stored) };
  const written = await registry.store.write({
    type: 'put',
    resource: kind.storage.resource,
    object: stored,
    previous: undefined,
  });
  rememberClean(kind, written);
  return { status: 201, object: readAs(kind, written) };
}

function created(
  registry: Registry,
  { kind, namespace }: Call,
  name: string,
  proposal: Proposal,
  made: { readonly uid: string; readonly now: string },
): Draft {
  const metadata = createdMetadata(metaOf(proposal.object), {
    name,
    namespace: kind.namespaced ? namespace : undefined,
    ...made,
    generation: kind.countsGenerations ? 1 : undefined,
  });
  const { status: _status, ...withoutStatus } = proposal.object;
  const draft: Draft = { ...(kind.hasStatus ? withoutStatus : proposal.object), metadata };
  const prepared = assigned(registry, kind, kind.strategy.prepare?.(draft, undefined) ?? draft);
  if (proposal.isTracked) return prepared;
  const owned = tracked(registry, kind, undefined, ownable(kind, draft, prepared), proposal);
  const { managedFields } = metaOf(owned);
  return managedFields === undefined ? prepared : { ...prepared, metadata: { ...metaOf(prepared), managedFields } };
}

/** What the server itself fills of a new object is nobody's: its status, and all of what a kind names. */
function ownable(kind: KindDescriptor, given: Draft, object: Draft): Draft {
  const filled = (kind.strategy.serverMembers ?? []).filter((name) => given[name] === undefined);
  return [...(kind.hasStatus ? ['status'] : []), ...filled].reduce(
    (rest, name) => withMember(rest, name, undefined),
    object,
  );
}

/** Mutating webhooks see a new object before the server names and dates it. */
function asSent(object: Draft, proposal: Proposal): Draft {
  const { uid: _uid, creationTimestamp: _time, generation: _generation, name, ...rest } = metaOf(object);
  const isNamed = metaOf(proposal.object).name !== undefined;
  return { ...object, metadata: isNamed ? { name, ...rest } : rest };
}

/**
 * The proposal after webhooks: what they added is pruned and filled like all else, and owned by nobody until somebody
 * writes it (as in kube-apiserver, where fields are tracked before webhooks are asked).
 */
function settled(kind: KindDescriptor, proposal: Proposal, changed: Draft, asked: Draft, before?: Stored): Proposal {
  const how = { fieldValidation: 'Ignore', via: 'patch', warn: () => undefined } as const;
  const object = cleaned(kind, changed, how, before);
  const { managedFields } = metaOf(asked);
  const { managedFields: _changed, ...rest } = metaOf(object);
  const metadata = { ...rest, ...(managedFields === undefined ? {} : { managedFields }) };
  return { ...proposal, object: { ...object, metadata }, isTracked: true };
}

function requireValidNew(registry: Registry, { kind, user }: Call, object: Draft): void {
  const errors = [...metadataErrors(kind, object), ...(kind.strategy.validate?.(object, undefined) ?? [])];
  if (errors.length > 0) throw invalid(kind.strategy.refusedAs ?? kind, asText(metaOf(object).name ?? ''), errors);
  for (const rule of registry.admission) rule({ kind, operation: 'create', object, before: undefined, user });
}

/**
 * Checks and queues the update of `before`; what changes nothing gives the live object.
 *
 * @throws HeadMoved when someone else wrote while webhooks were asked
 */
export async function admitUpdate(
  registry: Registry,
  call: Call,
  before: Stored,
  proposal: Proposal,
): Promise<Written> {
  const { kind } = call;
  const { namespace = '', name } = before.metadata;
  const { view } = proposal;
  requireVersion(kind, before, metaOf(proposal.object));
  const previous = registry.store.head(kind.storage.resource, namespace, name);
  let object = updated(registry, kind, before, proposal);
  const hooks = registry.hooksFor({
    call,
    operation: 'UPDATE',
    name,
    subresource: proposal.subresource,
    before: view?.show(before) ?? before,
    ...(view === undefined ? {} : { shownAs: view.kind }),
    dryRun: proposal.options.dryRun,
  });
  if (hooks !== undefined) {
    const shown = await hooks.mutate(view?.show(object) ?? object);
    const changed = shown === undefined ? object : (view?.take(object, shown) ?? shown);
    object = updated(registry, kind, before, settled(kind, proposal, changed, object, before));
    requireValidChange(registry, call, object, before, proposal.part);
    await hooks.validate(view?.show(object) ?? object);
    if (registry.store.head(kind.storage.resource, namespace, name) !== previous) throw new HeadMoved();
  }
  requireValidChange(registry, call, object, before, proposal.part);
  if (equalJson(object, before)) return { status: 200, object: before };
  const stored = finished(kind, object);
  if (proposal.options.dryRun) return { status: 200, object: readAs(kind, stored) };
  const type = isFinalized(stored) ? 'delete' : 'put';
  const written = await registry.store.write({ type, resource: kind.storage.resource, object: stored, previous });
  rememberClean(kind, written);
  return { status: 200, object: readAs(kind, written) };
}

function requireValidChange(registry: Registry, { kind, user }: Call, object: Draft, before: Stored, part: Part): void {
  const errors = [
    ...metadataErrors(kind, object),
    ...metadataUpdateErrors(object, before),
    ...(kind.strategy.validate?.(object, before, part) ?? []),
  ];
  if (errors.length > 0) throw invalid(kind.strategy.refusedAs ?? kind, before.metadata.name, errors);
  for (const rule of registry.admission) rule({ kind, operation: 'update', object, before, user });
}

function updated(registry: Registry, kind: KindDescriptor, before: Stored, proposal: Proposal): Draft {
  const chosen = chooseParts(kind, before, proposal);
  const draft: Draft = { ...chosen, metadata: updatedMetadata(metaOf(chosen), before.metadata) };
  const prepared =
    proposal.part === 'main' ? assigned(registry, kind, kind.strategy.prepare?.(draft, before) ?? draft) : draft;
  const counted = withGeneration(kind, before, prepared);
  if (proposal.isTracked) return counted;
  const { managedFields } = metaOf(tracked(registry, kind, before, asWritten(kind, counted, proposal), proposal));
  const { managedFields: _old, ...metadata } = metaOf(counted);
  return { ...counted, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
}

/**
 * Whoever writes the status of a custom object owns the labels and annotations of the body too, though they are not
 * stored: kube-apiserver tracks fields before it takes the status out.
 */
function asWritten(kind: KindDescriptor, object: Draft, { object: given, part }: Proposal): Draft {
  if (part !== 'status' || !kind.custom) return object;
  const { labels, annotations } = metaOf(given);
  const { labels: _labels, annotations: _annotations, ...rest } = metaOf(object);
  return {
    ...object,
    metadata: {
      ...rest,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

function assigned({ assign }: Registry, kind: KindDescriptor, object: Draft): Draft {
  return assign === undefined ? object : assign(kind, object);
}

/** Status is written through its subresource only, and nothing else through it. */
function chooseParts(kind: KindDescriptor, before: Stored, proposal: Proposal): Draft {
  const { object, part } = proposal;
  if (part === 'main') return kind.hasStatus ? withMember(object, 'status', before.status) : object;
  const managedFields = metaOf(object).managedFields;
  const metadata = managedFields === undefined ? before.metadata : { ...before.metadata, managedFields };
  return { ...withMember({ ...before }, 'status', object.status), metadata };
}

function withMember(object: Draft, name: string, value: unknown): Draft {
  if (object[name] === value) return object;
  const { [name]: _old, ...rest } = object;
  return value === undefined ? rest : { ...rest, [name]: value };
}

function withGeneration(kind: KindDescriptor, before: Stored, object: Draft): Draft {
  if (!kind.countsGenerations || !contentChanged(before, object)) return object;
  return { ...object, metadata: { ...metaOf(object), generation: (before.metadata.generation ?? 0) + 1 } };
}

const outsideContent: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'status']);

function contentChanged(before: Stored, object: Draft): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(object)]);
  return [...names].some((name) => !outsideContent.has(name) && !equalJson(before[name], object[name]));
}

function tracked(
  registry: Registry,
  kind: KindDescriptor,
  before: Stored | undefined,
  object: Draft,
  proposal: Proposal,
): Draft {
  const managedFields = trackUpdate({
    schema: kind.schema,
    before,
    after: object,
    manager: proposal.options.manager,
    apiVersion: apiVersionOf(kind),
    subresource: proposal.subresource,
    now: timestamp(registry),
  });
  const metadata = metaOf(object);
  if (metadata.managedFields === managedFields) return object;
  const { managedFields: _old, ...rest } = metadata;
  return { ...object, metadata: managedFields.length === 0 ? rest : { ...rest, managedFields } };
}

/** The given resourceVersion must be the stored one, the given uid that of the object. */
function requireVersion(kind: KindDescriptor, before: Stored, metadata: Record<string, unknown>): void {
  const { resourceVersion } = metadata;
  requireVersionNumber(resourceVersion);
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== before.metadata.resourceVersion)
    throw modified(kind, before.metadata.name);
}

/** The object in its stored form, frozen. The store puts the resourceVersion in. */
function finished(kind: KindDescriptor, object: Draft): Stored {
  const stored = kind.storage.write?.(object) ?? object;
  const frozen = frozenCopy(stored);
  if (!isStored(frozen)) throw new TypeError('an object without metadata reached storage');
  return frozen;
}

/** Whether a draft has what every stored object has. */
export function isStored(value: unknown): value is Stored {
  return isObject(value) && isObject(value.metadata) && typeof value.metadata.name === 'string';
}

/** Whether nothing keeps an object that is being deleted any longer. */
export function isFinalized(object: Stored): boolean {
  if (object.metadata.deletionTimestamp === undefined || (object.metadata.finalizers?.length ?? 0) > 0) return false;
  if ((object.metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  return !hasOwnFinalizers(object);
}

export function isNamespace(object: Stored): boolean {
  return object.kind === 'Namespace' && object.apiVersion === 'v1';
}

/** Namespaces have finalizers in their spec too, which the drain of their content takes away. */
export function hasOwnFinalizers(object: Stored): boolean {
  const spec = isNamespace(object) && isObject(object.spec) ? object.spec : {};
  return Array.isArray(spec.finalizers) && spec.finalizers.length > 0;
}

/** New objects need a namespace that exists and is not being deleted. */
export function requireNamespace(
  registry: Registry,
  kind: KindDescriptor,
  namespace: string | undefined,
  name: string,
): void {
  if (!kind.namespaced || namespace === undefined) return;
  const found = registry.store.head('namespaces', '', namespace);
  if (found === undefined) throw notFound({ group: '', plural: 'namespaces' }, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const refused = forbidden(
    kind,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  throw new ApiError(403, 'Forbidden', refused.message, {
    ...refused.status.details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}

/** 422 about one field of an update that carries no resourceVersion although the kind demands it. */
export function versionMissing(kind: KindDescriptor, name: string): ApiError {
  const detail = 'Invalid value: 0: must be specified for an update';
  const error: FieldError = { reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', detail };
  return new ApiError(422, 'Invalid', `${qualified(kind)} "${name}" is invalid: ${error.field}: ${detail}`, {
    name,
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
    causes: [{ reason: error.reason, message: detail, field: error.field }],
  });
}
