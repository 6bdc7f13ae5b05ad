import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ServedEngine, servedEngine } from './served.fixtures.js';

/** Answers of a real kube-apiserver of the 1.33 level to edge cases that kubectl never notices. */

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'samples.x.io' },
  spec: {
    group: 'x.io',
    scope: 'Namespaced',
    names: { plural: 'samples', kind: 'Sample' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  replicas: { type: 'integer', minimum: 0 },
                  tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
                  ports: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['port', 'protocol'],
                    items: {
                      type: 'object',
                      required: ['port'],
                      properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' } },
                    },
                  },
                },
              },
              status: { type: 'object', properties: { replicas: { type: 'integer' } } },
            },
          },
        },
      },
    ],
  },
};

let server: ServedEngine;

interface Answer {
  readonly code: number;
  readonly body: Record<string, unknown>;
}

const mediaTypes: Readonly<Record<string, string>> = {
  APPLY: 'application/apply-patch+yaml',
  MERGE: 'application/merge-patch+json',
  JSONPATCH: 'application/json-patch+json',
};

function ask(verb: string, path: string, body?: unknown): Promise<Answer> {
  const method = verb in mediaTypes ? 'PATCH' : verb;
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    'content-type': mediaTypes[verb] ?? 'application/json',
    'content-length': Buffer.byteLength(text),
    'user-agent': 'findings/1',
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: server.port,
        path,
        method,
        headers,
        ca: server.authority,
        cert: server.admin.certPem,
        key: server.admin.keyPem,
        agent: false,
      },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () => {
          const said = Buffer.concat(chunks).toString('utf8');
          resolve({
            code: reply.statusCode ?? 0,
            body: (said.startsWith('{') ? JSON.parse(said) : { said }) as Record<string, unknown>,
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

const maps = '/api/v1/namespaces/default/configmaps';
const samples = '/apis/x.io/v1/namespaces/default/samples';
const map = (name: string | undefined, members: object = {}, metadata: object = {}): object => ({
  metadata: { ...(name === undefined ? {} : { name }), ...metadata },
  ...members,
});
const sample = (name: string, members: object = {}, metadata: object = {}): object => ({
  apiVersion: 'x.io/v1',
  kind: 'Sample',
  ...map(name, members, metadata),
});

beforeAll(async () => {
  server = await servedEngine({ definitions: [definition] });
  await ask('POST', maps, map('x'));
  await ask('POST', samples, sample('s'));
  await ask('POST', maps, map('dying', {}, { finalizers: ['x.io/f'] }));
  await ask('DELETE', `${maps}/dying`);
});

afterAll(() => server.close());

type Row = readonly [name: string, verb: string, path: string, body: unknown, code: number, message: string];

const rows: readonly Row[] = [
  [
    '1 fieldValidation',
    'POST',
    `${maps}?fieldValidation=Nope`,
    map('a'),
    422,
    'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Nope": supported values: "", "Ignore", "Strict", "Warn"',
  ],
  [
    '2 custom without apiVersion',
    'POST',
    samples,
    { kind: 'Sample', metadata: { name: 'a' } },
    400,
    'the API version in the data () does not match the expected API version (x.io/v1)',
  ],
  [
    '3 label selector',
    'GET',
    `${maps}?labelSelector=%3D%3D`,
    undefined,
    400,
    "found '==', expected: !, identifier, or 'end of string'",
  ],
  ['4 list version', 'GET', `${maps}?resourceVersion=abc`, undefined, 400, 'invalid resource version'],
  ['6 continue', 'GET', `${maps}?continue=zzz`, undefined, 400, 'invalid continue token: continue key is not valid'],
  [
    '7 name and URL',
    'PUT',
    `${maps}/x`,
    map('other'),
    400,
    'the name of the object (other) does not match the name on the URL (x)',
  ],
  [
    '8 uid',
    'MERGE',
    `${maps}/x`,
    { metadata: { uid: 'zz' } },
    422,
    'metadata.uid: Invalid value: "zz": field is immutable',
  ],
  [
    '8 namespace',
    'MERGE',
    `${maps}/x`,
    { metadata: { namespace: 'zz' } },
    400,
    'the namespace of the provided object does not match the namespace sent on the request',
  ],
  ['9 label value', 'POST', maps, map('a', {}, { labels: { a: 'b c' } }), 422, 'metadata.labels: Invalid value: "b c"'],
  [
    '9 annotation key',
    'POST',
    maps,
    map('a', {}, { annotations: { 'a b': '' } }),
    422,
    'metadata.annotations: Invalid value: "a b"',
  ],
  [
    '9 finalizer',
    'POST',
    maps,
    map('a', {}, { finalizers: ['nodomain'] }),
    422,
    'metadata.finalizers: Invalid value: "nodomain": name is neither a standard finalizer name nor is it fully qualified',
  ],
  [
    '10 unknown field applied',
    'APPLY',
    `${samples}/s?fieldManager=m`,
    sample('s', { spec: { zz: 1 } }),
    500,
    '.spec.zz: field not declared in schema',
  ],
  [
    '11 duplicate in a map list',
    'APPLY',
    `${samples}/s?fieldManager=m`,
    sample('s', { spec: { ports: [{ port: 1 }, { port: 1 }] } }),
    500,
    '.spec.ports: duplicate entries for key [port=1,protocol="TCP"]',
  ],
  [
    '11 duplicate in a set',
    'APPLY',
    `${samples}/s?fieldManager=m`,
    sample('s', { spec: { tags: ['q', 'q'] } }),
    500,
    '.spec.tags: duplicate entries for key [="q"]',
  ],
  [
    '12 number for text',
    'POST',
    maps,
    map('a', { data: { a: 1 } }),
    400,
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
  ],
  [
    '13 unknown field, strict',
    'POST',
    `${maps}?fieldValidation=Strict`,
    map('a', { datta: {} }),
    400,
    'strict decoding error: unknown field "datta"',
  ],
  [
    '14 new finalizer',
    'MERGE',
    `${maps}/dying`,
    { metadata: { finalizers: ['x.io/f', 'x.io/g'] } },
    422,
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.io/g"}',
  ],
  [
    '15 propagationPolicy',
    'DELETE',
    `${maps}/x?propagationPolicy=Nope`,
    undefined,
    422,
    'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Nope": supported values: "Foreground", "Background", "Orphan", "nil"',
  ],
  [
    '16 PATCH of a collection',
    'MERGE',
    maps,
    {},
    405,
    'the server does not allow this method on the requested resource',
  ],
  [
    'strict patch',
    'MERGE',
    `${samples}/s?fieldValidation=Strict`,
    { spec: { zz: 1 } },
    422,
    'strict decoding error: unknown field "spec.zz"',
  ],
  [
    'custom PUT without version',
    'PUT',
    `${samples}/s`,
    sample('s'),
    422,
    'metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
  ],
  [
    'JSON patch test',
    'JSONPATCH',
    `${maps}/x`,
    [{ op: 'test', path: '/data', value: 1 }],
    422,
    'the server rejected our request due to an error in our request',
  ],
  ['dryRun', 'POST', `${maps}?dryRun=Maybe`, map('a'), 422, 'dryRun: Unsupported value: "Maybe"'],
  ['force', 'MERGE', `${maps}/x?force=true`, {}, 422, 'force: Forbidden: may not be specified for non-apply patch'],
  [
    'apply without manager',
    'APPLY',
    `${maps}/x`,
    { apiVersion: 'v1', kind: 'ConfigMap', ...map('x') },
    422,
    'fieldManager: Required value: is required for apply patch',
  ],
  [
    'apply with managedFields',
    'APPLY',
    `${maps}/x?fieldManager=m`,
    { apiVersion: 'v1', kind: 'ConfigMap', ...map('x', {}, { managedFields: [{ manager: 'm' }] }) },
    400,
    'metadata.managedFields must be nil',
  ],
  [
    'match without version',
    'GET',
    `${maps}?resourceVersionMatch=Exact`,
    undefined,
    422,
    'resourceVersionMatch is forbidden unless resourceVersion is provided',
  ],
  ['what exists', 'POST', maps, map('x'), 409, 'configmaps "x" already exists'],
  ['no name', 'POST', maps, map(undefined), 422, 'name or generateName is required'],
  ['unknown subresource of a custom object', 'GET', `${samples}/s/zz`, undefined, 404, 'samples.x.io "s" not found'],
  [
    'another kind',
    'POST',
    maps,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } },
    400,
    'Secret in version "v1" cannot be handled as a ConfigMap',
  ],
  ['a bad scale', 'MERGE', `${samples}/s/scale`, { spec: { replicas: -1 } }, 422, 'spec.replicas: Invalid value: -1'],
  [
    'precondition',
    'DELETE',
    `${maps}/x`,
    { preconditions: { uid: 'zz' } },
    409,
    'the UID in the precondition (zz) does not match the UID in record',
  ],
  ['missing namespace', 'POST', '/api/v1/namespaces/none/configmaps', map('a'), 404, 'namespaces "none" not found'],
  [
    'lease time',
    'POST',
    '/apis/coordination.k8s.io/v1/namespaces/default/leases',
    map('l', { spec: { renewTime: '2026-01-01T00:00:00Z' } }),
    400,
    'cannot parse "Z" as ".000000"',
  ],
  ['future list', 'GET', `${maps}?resourceVersion=999999999`, undefined, 504, 'Too large resource version: 999999999'],
  [
    'future watch option',
    'GET',
    `${maps}?watch=1&sendInitialEvents=true`,
    undefined,
    422,
    'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  ],
];

describe('findings', () => {
  it.each(rows)('%s: %s %s', async (_name, verb, path, body, code, message) => {
    const answer = await ask(verb, path, body);
    expect(answer).toEqual({
      code,
      body: expect.objectContaining({ kind: 'Status', code, message: expect.stringContaining(message) }),
    });
  });

  it('5 limit=-1 is no limit', async () =>
    expect((await ask('GET', `${maps}?limit=-1`)).body).toMatchObject({
      kind: 'ConfigMapList',
      items: expect.any(Array),
    }));

  it('4 the version of a watch has no reason', async () => {
    const { code, body } = await ask('GET', `${maps}?watch=1&resourceVersion=abc`);
    expect([code, body.reason]).toEqual([500, undefined]);
  });

  it('success of a deletion has no code', async () => {
    await ask('POST', maps, map('gone'));
    const { code, body } = await ask('DELETE', `${maps}/gone`);
    expect([code, body]).toEqual([
      200,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'gone', kind: 'configmaps', uid: expect.any(String) },
      },
    ]);
  });

  it('what changes nothing does not move the version', async () => {
    const before = (await ask('GET', `${maps}/x`)).body.metadata;
    expect((await ask('MERGE', `${maps}/x`, { metadata: { labels: {} } })).body.metadata).toEqual(before);
  });

  it('a list of custom objects always has continue', async () => {
    expect([(await ask('GET', samples)).body.metadata, (await ask('GET', maps)).body.metadata]).toEqual([
      { resourceVersion: expect.any(String), continue: '' },
      { resourceVersion: expect.any(String) },
    ]);
  });
});
