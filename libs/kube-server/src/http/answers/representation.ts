import type { KindDescriptor } from '../../kinds/descriptor.js';
import type { ObjectList } from '../../registry/read.js';
import type { WatchEvent } from '../../registry/watch.js';
import type { Stored } from '../../storage/stored.js';
import { type Included, tableWriter } from '../../table/table.js';
import { itemTextOf, partialTextOf, textOf } from '../../storage/json-text.js';
import type { Accepted } from './negotiate.js';

/** How objects of one kind are written for one request, all as JSON text. */
export interface Representation {
  one(object: Stored): string;
  /** In pieces, made as they are taken. */
  list(list: ObjectList): Iterable<string>;
  /** The object of a watch event, which is not an ERROR. */
  event(event: Exclude<WatchEvent, { type: 'ERROR' }>): string;
}

export interface Wanted {
  readonly kind: KindDescriptor;
  readonly accepted: Accepted;
  readonly includeObject: Included;
  /** Milliseconds since the epoch, for ages. */
  now(): number;
}

export function representationOf(wanted: Wanted): Representation {
  const { kind, accepted } = wanted;
  const version = accepted.version ?? 'v1';
  if (accepted.as === undefined) return kind.custom ? full : builtIn;
  if (accepted.as === 'Table')
    return tableWriter({ kind, version, includeObject: wanted.includeObject, now: () => wanted.now() });
  return partial(version);
}

const full: Representation = {
  one: textOf,
  list: (list) => listText(list.kind, list.apiVersion, list, textOf),
  event: (event) => (event.type === 'BOOKMARK' ? JSON.stringify(event.object) : textOf(event.object)),
};

const builtIn: Representation = { ...full, list: (list) => listText(list.kind, list.apiVersion, list, itemTextOf) };

function partial(version: 'v1' | 'v1beta1'): Representation {
  const apiVersion = `meta.k8s.io/${version}`;
  const one = (object: Stored): string => partialTextOf(object, version);
  return {
    one,
    list: (list) => listText('PartialObjectMetadataList', apiVersion, withoutEmptyToken(list), one),
    event: (event) =>
      event.type === 'BOOKMARK'
        ? JSON.stringify({ ...event.object, kind: 'PartialObjectMetadata', apiVersion })
        : one(event.object),
  };
}

function* listText(
  kind: string,
  apiVersion: string,
  list: ObjectList,
  item: (object: Stored) => string,
): Generator<string> {
  yield `${JSON.stringify({ kind, apiVersion, metadata: list.metadata }).slice(0, -1)},"items":[`;
  let isFirst = true;
  for (const object of list.items) {
    yield isFirst ? item(object) : `,${item(object)}`;
    isFirst = false;
  }
  yield ']}';
}

/** Lists that are made into something else have no token when there is no more. */
function withoutEmptyToken(list: ObjectList): ObjectList {
  const { continue: next, ...metadata } = list.metadata;
  return next === '' ? { ...list, metadata } : list;
}
