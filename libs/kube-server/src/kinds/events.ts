import { isObject } from '../schema/schema.js';
import { type FieldError, fieldInvalid } from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';
import { builtIn, textAt } from './declare.js';
import type { KindDescriptor, StorageMapping } from './descriptor.js';
import { microTimeText, requireMicroTime } from './lease.js';
import { integer, objectReference, struct, text, time } from './schema-words.js';

const series = struct({ count: integer, lastObservedTime: microTimeText });
const source = struct({ component: text, host: text });
const storedAs = 'events';

/** One storage, two APIs: how the members of events.k8s.io are called in the core group. */
const coreNames: Readonly<Record<string, string>> = {
  note: 'message',
  regarding: 'involvedObject',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};
const newNames = Object.fromEntries(Object.entries(coreNames).map(([name, core]) => [core, name]));

function rename(object: Draft, names: Readonly<Record<string, string>>, apiVersion: string): Draft {
  const renamed: Draft = {};
  for (const [name, value] of Object.entries(object)) renamed[names[name] ?? name] = value;
  return { ...renamed, apiVersion };
}

const asNew = new WeakMap<Stored, Stored>();

const newStorage: StorageMapping = {
  resource: storedAs,
  read(stored) {
    let seen = asNew.get(stored);
    if (seen === undefined) {
      const renamed = rename(stored, newNames, 'events.k8s.io/v1');
      seen = Object.freeze({
        ...renamed,
        apiVersion: 'events.k8s.io/v1',
        kind: stored.kind,
        metadata: stored.metadata,
      });
      asNew.set(stored, seen);
    }
    return seen;
  },
  write: (object) => rename(object, coreNames, 'v1'),
};

const common = {
  type: text,
  reason: text,
  action: text,
  eventTime: microTimeText,
  series,
  reportingInstance: text,
  related: objectReference,
};

const referenceFields = (member: string): Record<string, (object: Stored) => string> =>
  Object.fromEntries(
    ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((name) => [
      `${member}.${name}`,
      textAt('involvedObject', name),
    ]),
  );

const selectable = { reason: textAt('reason'), type: textAt('type'), reportingComponent: textAt('reportingComponent') };

export const eventKinds: readonly KindDescriptor[] = [
  builtIn({
    kind: 'Event',
    shortNames: ['ev'],
    members: {
      ...common,
      involvedObject: objectReference,
      message: text,
      source,
      firstTimestamp: time,
      lastTimestamp: time,
      count: integer,
      reportingComponent: text,
    },
    selectableFields: {
      ...selectable,
      ...referenceFields('involvedObject'),
      source: (object) => textAt('source', 'component')(object) || textAt('reportingComponent')(object),
    },
    strategy: { prepare: prepareEvent, validate: eventErrors, createsOnUpdate: true },
  }),
  builtIn({
    group: 'events.k8s.io',
    kind: 'Event',
    shortNames: ['ev'],
    members: {
      ...common,
      regarding: objectReference,
      note: text,
      reportingController: text,
      deprecatedSource: source,
      deprecatedFirstTimestamp: time,
      deprecatedLastTimestamp: time,
      deprecatedCount: integer,
    },
    selectableFields: {
      ...selectable,
      reportingController: textAt('reportingComponent'),
      ...referenceFields('regarding'),
    },
    storage: newStorage,
    strategy: { prepare: prepareEvent, createsOnUpdate: true },
  }),
];

/** Defaults of core/v1: who reports, and the source, are never absent. */
function prepareEvent(object: Draft): Draft {
  requireMicroTime('Event', object.eventTime);
  const isCore = object.apiVersion === 'v1';
  const empty = isCore
    ? {
        source: {},
        reportingComponent: '',
        reportingInstance: '',
        eventTime: null,
        firstTimestamp: null,
        lastTimestamp: null,
      }
    : { eventTime: null };
  return { ...empty, ...object };
}

function eventErrors(object: Draft): FieldError[] {
  const namespace = isObject(object.metadata) ? object.metadata.namespace : undefined;
  const about = isObject(object.involvedObject) ? (object.involvedObject.namespace ?? '') : '';
  const allowed =
    about === ''
      ? namespace === 'default' || object.eventTime === null || namespace === 'kube-system'
      : about === namespace;
  return allowed ? [] : [fieldInvalid('involvedObject.namespace', about, 'does not match event.namespace')];
}
