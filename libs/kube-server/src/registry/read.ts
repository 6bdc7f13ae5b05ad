import { ApiError, badRequest, expired, notFound, unknownRevision } from '../status/status.js';
import { apiVersionOf, type KindDescriptor } from '../kinds/descriptor.js';
import { fieldTest, parseFieldSelector } from '../selector/field-selector.js';
import { matchesLabels, parseLabelSelector } from '../selector/label-selector.js';
import type { Stored } from '../storage/stored.js';
import { firstAtLeast, type ResourceView } from '../storage/view.js';
import { type Call, readAs, type Registry } from './context.js';
import { type ListOptions, listOptions, watchRevisionOf } from './options.js';

/** GET of one object. */
export function getObject(registry: Registry, call: Call, name: string): Stored {
  const version = watchRevisionOf(call.query.resourceVersion ?? '0');
  if (version > registry.store.revision) throw unknownRevision(version, registry.store.revision);
  const stored = registry.store.get(call.kind.storage.resource, call.namespace ?? '', name);
  if (stored === undefined) throw notFound(call.kind, name);
  return readAs(call.kind, stored);
}

export interface ObjectList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly Stored[];
}

/** GET of a collection: sorted by namespace and name, all pages from one point in time. */
export async function listObjects(registry: Registry, call: Call): Promise<ObjectList> {
  const options = listOptions(call.query);
  const page = options.continueToken === undefined ? undefined : decodeToken(options.continueToken);
  const revision = page?.revision ?? (await revisionToRead(registry, options));
  const view = viewAt(registry, call.kind, revision, page === undefined ? 'version' : 'continue');
  const matches = selection(call.kind, options);
  const { items, next, remaining } = pageOf(view, call, { after: page?.after, limit: options.limit, matches });
  const isSelective = matches !== undefined;
  return {
    apiVersion: apiVersionOf(call.kind),
    kind: call.kind.listKind,
    metadata: {
      resourceVersion: String(revision),
      ...(next !== undefined ? { continue: encodeToken(revision, next) } : call.kind.custom ? { continue: '' } : {}),
      ...(remaining > 0 && !isSelective ? { remainingItemCount: remaining } : {}),
    },
    items,
  };
}

/** The test of the selectors; undefined when every object passes. */
export function selection(
  kind: KindDescriptor,
  options: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>,
): ((stored: Stored) => boolean) | undefined {
  const labels = parseLabelSelector(options.labelSelector);
  const fields = parseFieldSelector(options.fieldSelector);
  const test = fieldTest(fields, kind);
  if (labels.length === 0 && fields.length === 0) return undefined;
  return (stored) => matchesLabels(labels, stored.metadata.labels) && test(stored);
}

/** The committed revision, unless a later one is demanded, for which it waits briefly. */
async function revisionToRead(registry: Registry, options: ListOptions): Promise<number> {
  const { store, clock } = registry;
  const wanted = options.resourceVersion;
  if (wanted === undefined) return store.revision;
  const until = clock.now() + 3000;
  while (store.revision < wanted) {
    if (clock.now() >= until) throw unknownRevision(wanted, store.revision);
    await new Promise<void>((resolve) => clock.schedule(100, resolve));
  }
  return options.match === 'Exact' ? wanted : store.revision;
}

function viewAt(
  registry: Registry,
  kind: KindDescriptor,
  revision: number,
  from: 'version' | 'continue',
): ResourceView {
  const { store } = registry;
  const { resource } = kind.storage;
  if (revision > store.revision)
    throw from === 'continue'
      ? badRequest('invalid continue token: the resource version is from the future')
      : unknownRevision(revision, store.revision);
  if (revision >= store.history.floor(resource)) return store.viewAt(resource, revision);
  if (from === 'version') throw expired(`too old resource version: ${revision} (${store.history.floor(resource)})`);
  throw expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
}

interface PageRequest {
  readonly after: string | undefined;
  readonly limit: number;
  readonly matches: ((stored: Stored) => boolean) | undefined;
}

function pageOf(
  view: ResourceView,
  { kind, namespace }: Call,
  request: PageRequest,
): { items: Stored[]; next: string | undefined; remaining: number } {
  const keys = view.keys(kind.namespaced ? namespace : undefined);
  const start = request.after === undefined ? 0 : firstAtLeast(keys, `${request.after}\0`);
  const items: Stored[] = [];
  for (let i = start; i < keys.length; i++) {
    const key = keys[i] as string;
    const stored = view.get(key) as Stored;
    if (request.matches !== undefined && !request.matches(stored)) continue;
    items.push(readAs(kind, stored));
    if (items.length === request.limit && i + 1 < keys.length)
      return { items, next: key, remaining: keys.length - i - 1 };
  }
  return { items, next: undefined, remaining: 0 };
}

/** A continue token: the point in time and the last key seen, opaque to clients. */
function encodeToken(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 'keelson.v1', rv: revision, after }), 'utf8').toString('base64url');
}

function decodeToken(token: string): { revision: number; after: string } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    const { v, rv, after } = parsed as { v?: unknown; rv?: unknown; after?: unknown };
    if (v === 'keelson.v1' && typeof rv === 'number' && typeof after === 'string') return { revision: rv, after };
  } catch {
    // Answered below like any other token that is none.
  }
  const [first = ''] = Buffer.from(token, 'base64url').toString('latin1');
  throw badRequest(
    `invalid continue token: continue key is not valid: invalid character '${first}' looking for beginning of value`,
  );
}

/** A 410 for a page whose token is too old carries a token that goes on inconsistently, from the latest state. */
export function withFreshToken(error: ApiError, registry: Registry, call: Call): ApiError {
  const token = call.query.continue;
  if (error.code !== 410 || token === undefined) return error;
  error.status.metadata = { continue: encodeToken(registry.store.revision, decodeToken(token).after) };
  return error;
}
