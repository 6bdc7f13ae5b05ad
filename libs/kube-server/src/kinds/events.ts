import { asText, isObject } from '../schema/schema.js';
import { type FieldError, fieldInvalid, fieldRequired } from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';
import { builtIn, textAt } from './declare.js';
import type { KindDescriptor, StorageMapping } from './descriptor.js';
import { microTimeText, requireMicroTime } from './lease.js';
import { qualifiedNameErrors } from './names.js';
import { integer, objectReference, plain, struct, text, time } from './schema-words.js';

const series = struct({ count: integer, lastObservedTime: microTimeText });
const source = plain(struct({ component: text, host: text }));
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

/** Without the members that are empty: they are left out in the newer group. */
function kept(members: Draft): Draft {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== '' && value !== undefined));
}

const asNew = new WeakMap<Stored, Stored>();

const newStorage: StorageMapping = {
  resource: storedAs,
  storedVersion: '/v1',
  read(stored) {
    let seen = asNew.get(stored);
    if (seen === undefined) {
      const { reportingComponent, reportingInstance, ...others } = stored;
      const named = { ...others, ...kept({ reportingComponent, reportingInstance }) };
      const renamed = rename(named, newNames, 'events.k8s.io/v1');
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

/** What is never absent of an event in the core group, and in its own. */
const coreDefaults = {
  source: {},
  reportingComponent: '',
  reportingInstance: '',
  eventTime: null,
  firstTimestamp: null,
  lastTimestamp: null,
};
const newDefaults = {
  eventTime: null,
  deprecatedSource: {},
  deprecatedFirstTimestamp: null,
  deprecatedLastTimestamp: null,
};
const coreFilled = Object.keys(coreDefaults);

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
    strategy: { prepare: prepareEvent, validate: eventErrors, createsOnUpdate: true, serverMembers: coreFilled },
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
    strategy: {
      prepare: prepareEvent,
      validate: newEventErrors,
      refusedAs: { group: '', kind: 'Event' },
      createsOnUpdate: true,
      serverMembers: Object.keys(newDefaults),
    },
  }),
];

/** Defaults of core/v1: who reports, and the source, are never absent. */
function prepareEvent(object: Draft): Draft {
  requireMicroTime('Event', object.eventTime);
  return { ...(object.apiVersion === 'v1' ? coreDefaults : newDefaults), ...object };
}

/** What the newer API demands of new events. */
function newEventErrors(object: Draft, before: Stored | undefined): FieldError[] {
  if (before !== undefined) return [];
  const controller = asText(object.reportingController);
  return [
    ...(object.eventTime === null ? [fieldRequired('eventTime')] : []),
    ...(controller === '' ? [fieldRequired('reportingController')] : []),
    ...qualifiedNameErrors(controller).map((error) => fieldInvalid('reportingController', controller, error)),
    ...['reportingInstance', 'action', 'reason'].flatMap((name) => (object[name] ? [] : [fieldRequired(name)])),
    ...(object.type === 'Normal' || object.type === 'Warning'
      ? []
      : [fieldInvalid('type', object.type ?? '', `has invalid value: ${asText(object.type)}`)]),
  ];
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
