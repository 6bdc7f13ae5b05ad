import { describe, expect, it } from '@jest/globals';
import { builtIn } from '../kinds/declare.js';
import type { KindDescriptor } from '../kinds/descriptor.js';
import { managementKinds } from '../kinds/management.js';
import type { Stored } from '../storage/stored.js';
import { humanDuration } from './columns.js';
import { type Included, includedOf, TableWriter } from './table.js';

const now = Date.parse('2026-01-01T00:10:00Z');

function stored(kind: string, members: object, apiVersion = 'v1'): Stored {
  return {
    apiVersion,
    kind,
    metadata: { name: 'one', uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' },
    ...members,
  };
}

function descriptor(name: string, group = ''): KindDescriptor {
  const found = managementKinds.find((kind) => kind.kind === name && kind.group === group);
  if (found === undefined) throw new Error(`no kind ${name}`);
  return found;
}

function writer(kind: KindDescriptor, includeObject: Included = 'None'): TableWriter {
  return new TableWriter({ kind, version: 'v1', includeObject, now: () => now });
}

interface Table {
  columnDefinitions: { name: string; description: string; priority: number }[];
  rows: { cells: unknown[]; object: unknown }[];
}

function parsed(text: string): Table {
  return JSON.parse(text) as Table;
}

function cells(kind: KindDescriptor, object: Stored): Record<string, unknown> {
  const { columnDefinitions, rows } = parsed(writer(kind).one(object));
  return Object.fromEntries(columnDefinitions.map(({ name }, i) => [name, rows[0]?.cells[i]]));
}

const widget: KindDescriptor = {
  ...builtIn({ group: 'g', kind: 'Widget', members: {} }),
  custom: true,
  columns: [
    { name: 'Size', type: 'string', jsonPath: '.spec.size', description: 'How large.' },
    { name: 'Parts', type: 'integer', jsonPath: '.spec.parts', priority: 1 },
    { name: 'Hosts', type: 'string', jsonPath: '.spec.hosts[*].name' },
    { name: 'Since', type: 'date', jsonPath: '.status.since' },
  ],
};

describe('tables of custom kinds', () => {
  it('shows the columns of the definition', () => {
    const object = stored(
      'Widget',
      {
        spec: { size: 'small', parts: 'many', hosts: [{ name: 'a' }, { name: 'b' }] },
        status: { since: '2026-01-01T00:08:00Z' },
      },
      'g/v1',
    );
    expect(cells(widget, object)).toEqual({ Name: 'one', Size: 'small', Parts: null, Hosts: 'a,b', Since: '2m' });
  });

  it('says what a column without a description is', () => {
    const [, size, parts] = parsed(writer(widget).one(stored('Widget', {}))).columnDefinitions;
    expect([size?.description, parts]).toEqual([
      'How large.',
      {
        name: 'Parts',
        type: 'integer',
        format: '',
        description: 'Custom resource definition column (in JSONPath format): .spec.parts',
        priority: 1,
      },
    ]);
  });

  it('shows name and age when the definition has no columns', () => {
    expect(cells({ ...widget, columns: [] }, stored('Widget', {}))).toEqual({ Name: 'one', Age: '10m' });
  });
});

describe('tables of built-in kinds', () => {
  it.each([
    ['ConfigMap', '', { data: { a: '1' }, binaryData: { b: '' } }, { Name: 'one', Data: 2, Age: '10m' }],
    ['Secret', '', { type: 'Opaque', data: {} }, { Name: 'one', Type: 'Opaque', Data: 0, Age: '10m' }],
    ['Namespace', '', { status: { phase: 'Active' } }, { Name: 'one', Status: 'Active', Age: '10m' }],
    ['Lease', 'coordination.k8s.io', { spec: { holderIdentity: 'me' } }, { Name: 'one', Holder: 'me', Age: '10m' }],
    ['Role', 'rbac.authorization.k8s.io', {}, { Name: 'one', 'Created At': '2026-01-01T00:00:00Z' }],
    [
      'RoleBinding',
      'rbac.authorization.k8s.io',
      {
        roleRef: { kind: 'Role', name: 'r' },
        subjects: [
          { kind: 'ServiceAccount', namespace: 'n', name: 's' },
          { kind: 'User', name: 'u' },
        ],
      },
      { Name: 'one', Role: 'Role/r', Age: '10m', Users: 'u', Groups: '', ServiceAccounts: 'n/s' },
    ],
    [
      'Event',
      '',
      {
        involvedObject: { kind: 'Pod', name: 'p' },
        type: 'Normal',
        reason: 'R',
        message: ' m\n',
        count: 3,
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:09:00Z',
        source: { component: 'c', host: 'h' },
      },
      {
        'Last Seen': '60s (x3 over 10m)',
        Type: 'Normal',
        Reason: 'R',
        Object: 'pod/p',
        Subobject: '',
        Source: 'c, h',
        Message: 'm',
        'First Seen': '10m',
        Count: '3',
        Name: 'one',
      },
    ],
  ])('%s', (kind, group, members, row) => expect(cells(descriptor(kind, group), stored(kind, members))).toEqual(row));

  it('shows pods by the most telling word', () => {
    const pod = builtIn({ kind: 'Pod', members: {} });
    const status = {
      phase: 'Running',
      containerStatuses: [{ ready: false, restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    };
    expect(cells(pod, stored('Pod', { spec: { containers: [{}, {}], nodeName: 'n' }, status }))).toMatchObject({
      Ready: '0/2',
      Status: 'CrashLoopBackOff',
      Restarts: '2',
      IP: '<none>',
      Node: 'n',
    });
  });

  it('shows nodes with their roles and whether they are cordoned', () => {
    const node = builtIn({ kind: 'Node', members: {}, cluster: true });
    const object = stored('Node', {
      spec: { unschedulable: true },
      status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1.33.0' } },
    });
    const labelled = {
      ...object,
      metadata: { ...object.metadata, labels: { 'node-role.kubernetes.io/control-plane': '' } },
    };
    expect(cells(node, labelled)).toMatchObject({
      Status: 'Ready,SchedulingDisabled',
      Roles: 'control-plane',
      Version: 'v1.33.0',
    });
  });
});

describe('TableWriter', () => {
  const object = stored('ConfigMap', { data: { a: '1' } });
  const bookmark = {
    type: 'BOOKMARK',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { resourceVersion: '9' } },
  } as const;

  it.each([
    ['None', null],
    ['Metadata', { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }],
    ['Object', object],
  ] as const)('carries %s of the object', (included, carried) => {
    expect(parsed(writer(descriptor('ConfigMap'), included).one(object)).rows[0]?.object).toEqual(carried);
  });

  it('sends the columns of a watch once', () => {
    const watch = writer(descriptor('ConfigMap'));
    const sizes = [
      watch.event({ type: 'ADDED', object }),
      watch.event({ type: 'MODIFIED', object }),
      watch.event(bookmark),
    ].map((text) => [parsed(text).columnDefinitions?.length ?? 0, parsed(text).rows.length]);
    expect(sizes).toEqual([
      [3, 1],
      [0, 1],
      [0, 0],
    ]);
  });

  it('refuses an includeObject that is none', () =>
    expect(() => includedOf('Everything')).toThrow('includeObject: Invalid value: "Everything"'));
});

describe('humanDuration', () => {
  it.each([
    [-5, '<invalid>'],
    [-1, '0s'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [150, '2m30s'],
    [600, '10m'],
    [10_799, '179m'],
    [10_800, '3h'],
    [12_000, '3h20m'],
    [86_400, '24h'],
    [172_800, '2d'],
    [176_400, '2d1h'],
    [691_200, '8d'],
    [63_072_000, '2y'],
    [64_000_000, '2y10d'],
    [300_000_000, '9y'],
  ])('%d s is %s', (seconds, text) => expect(humanDuration(seconds * 1000)).toBe(text));
});
