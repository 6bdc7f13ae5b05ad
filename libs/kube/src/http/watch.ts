import type { Kind, KubeObject } from '@keelson/api';
import { type Failure, type Random, integerBelow, transient } from '@keelson/std';
import { doing } from '../doing.js';
import type { WatchEvent, WatchOptions } from '../port.js';
import { failureOf } from '../status-failure.js';
import { linesOf } from './lines.js';
import { isStatus, type Requests } from './requests.js';
import { collectionPath } from './resources.js';

/** Asked of the server: five to ten minutes, so that many watches do not end together (as client-go's reflectors ask). */
const minWatchSeconds = 300;

/** Bookmarks come about once a minute; when three are missed the other side is taken for dead. */
const silenceMs = 200_000;

/** One watch over HTTP. It ends when the server or the caller ends it; whoever wants more begins another. */
export async function* watchOver<T extends KubeObject>(
  requests: Requests,
  random: Random,
  kind: Kind<T>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const { namespace, labelSelector, fieldSelector, resourceVersion, signal } = options;
  const what = doing.watch(kind, namespace);
  const timeoutSeconds = minWatchSeconds + integerBelow(random, minWatchSeconds);
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion,
    timeoutSeconds,
    labelSelector,
    fieldSelector,
  };
  if (signal.aborted) return;
  const chunks = requests.chunks(
    { what, method: 'GET', path: collectionPath(kind, namespace), query, signal },
    silenceMs,
  );
  try {
    await chunks.next();
    yield { type: 'BOOKMARK', resourceVersion };
    for await (const line of linesOf(chunks)) {
      if (signal.aborted) return;
      if (line !== '') yield eventOf<T>(line, what);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await chunks.return(undefined);
  }
}

/** @throws Failure for an ERROR event and for a line that is none */
function eventOf<T extends KubeObject>(line: string, what: string): WatchEvent<T> {
  const { type, object } = parsed(line, what);
  if (type === 'BOOKMARK') return { type, resourceVersion: (object as KubeObject).metadata.resourceVersion ?? '' };
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') return { type, object: object as T };
  throw watchFailure(what, object);
}

/** What an ERROR event means. */
function watchFailure(what: string, status: unknown): Failure {
  return failureOf({ what, ...(isStatus(status) ? { status, code: status.code ?? 500 } : { code: 500 }) });
}

/** A connection that broke in mid-line leaves half an event. */
function parsed(line: string, what: string): { type?: unknown; object?: unknown } {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === 'object' && event !== null) return event;
  } catch (cause) {
    throw transient(`${what}: the stream broke off inside an event`, { cause, reason: 'BadAnswer' });
  }
  throw transient(`${what}: a line of the stream is no event`, { reason: 'BadAnswer' });
}
