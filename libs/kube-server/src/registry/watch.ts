import { type FieldError, fieldForbidden, fieldUnsupported, invalid, type Status } from '../status/status.js';
import { integerBelow } from '@keelson/std';
import { apiVersionOf, type KindDescriptor } from '../kinds/descriptor.js';
import type { Stored } from '../storage/stored.js';
import type { HubEvent, Watching } from '../watch/hub.js';
import { type Call, readAs, type Registry } from './context.js';
import { isTrue, watchRevisionOf, wholeNumber } from './options.js';
import { selection } from './read.js';

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Stored }
  | { readonly type: 'BOOKMARK'; readonly object: Bookmark }
  | { readonly type: 'ERROR'; readonly object: Status };

export interface Bookmark {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface WatchSink {
  event(event: WatchEvent): void;
  end(): void;
}

/** Minutes a watch without timeoutSeconds lasts: a random time from this up to twice this. */
const defaultTimeoutMs = 30 * 60_000;

/**
 * GET with watch=true. The initial part reaches the sink before this returns.
 *
 * @param bounded false leaves watches of the same process open until they are closed
 * @throws ApiError 410 when the resourceVersion is too old, 400 and 422 for wrong options
 */
export function watchObjects(registry: Registry, call: Call, sink: WatchSink, bounded = true): Watching {
  const { kind, query } = call;
  const initial = isInitial(query.sendInitialEvents);
  requireInitialOptions(query.sendInitialEvents !== undefined, call);
  const version = query.resourceVersion ?? '';
  const given = version === '' || version === '0' || initial ? undefined : watchRevisionOf(version);
  const after = query.sendInitialEvents !== undefined && !initial ? (given ?? registry.store.revision) : given;
  const matches = selection(kind, {
    labelSelector: query.labelSelector ?? '',
    fieldSelector: query.fieldSelector ?? '',
  });
  const seconds = wholeNumber(query.timeoutSeconds, 'timeoutSeconds') ?? 0;
  return registry.hub.subscribe(
    {
      resource: kind.storage.resource,
      namespace: kind.namespaced ? call.namespace : undefined,
      matches,
      after,
      bookmarks: isTrue(query.allowWatchBookmarks),
      sendInitialEvents: initial,
      timeoutMs:
        seconds > 0
          ? seconds * 1000
          : bounded
            ? defaultTimeoutMs + integerBelow(registry.random, defaultTimeoutMs)
            : undefined,
    },
    { event: (event) => sink.event(wireEvent(kind, event)), end: () => sink.end() },
  );
}

function isInitial(text: string | undefined): boolean {
  return text !== undefined && isTrue(text);
}

function requireInitialOptions(given: boolean, { query }: Call): void {
  const errors = given ? initialErrors(query.resourceVersionMatch) : matchErrors(query.resourceVersionMatch);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}

const field = 'resourceVersionMatch';

function matchErrors(match: string | undefined): FieldError[] {
  if (!match) return [];
  return [fieldForbidden(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')];
}

function initialErrors(match: string | undefined): FieldError[] {
  if (match === 'NotOlderThan') return [];
  const errors = [fieldForbidden(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')];
  return match ? [...errors, fieldUnsupported(field, match, ['NotOlderThan'])] : errors;
}

function wireEvent(kind: KindDescriptor, event: HubEvent): WatchEvent {
  if (event.type === 'ERROR') return { type: 'ERROR', object: event.status };
  if (event.type !== 'BOOKMARK') return { type: event.type, object: readAs(kind, event.object) };
  const annotations = event.initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return {
    type: 'BOOKMARK',
    object: {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata: { resourceVersion: event.resourceVersion, ...annotations },
    },
  };
}
