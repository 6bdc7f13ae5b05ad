import { Agent, request } from 'node:https';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { integerBelow, type Random, seededRandom, sleep, systemClock } from '@keelson/std';
import { aDefinition } from '../../engine/engine.fixtures.js';
import { callFor, systemMasters } from '../../engine/calls.js';
import { Message } from '../../openapi/wire.js';
import { createObject } from '../../registry/write.js';
import type { Draft } from '../../storage/stored.js';
import { spoiled } from './hostile.fixtures.js';
import { type ServedEngine, servedEngine } from '../served.fixtures.js';

/** Bad inputs for each parser; KEELSON_FUZZ=10000 for a long run. */
const rounds = Number(process.env.KEELSON_FUZZ ?? 150);
const seed = process.env.KEELSON_SEED ?? 'hostile-1';
const atOnce = 16;
/** Longer than any answer may take, by far more than a pause of the machine. */
const stallMs = 10_000;

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
  /** Without the administrator's certificate. */
  readonly anonymous?: boolean;
}

interface Reply {
  readonly code: number;
  readonly text: string;
}

let server: ServedEngine;
let agent: Agent;
let stranger: Agent;

const maps = '/api/v1/namespaces/default/configmaps';
const widgets = '/apis/test.keelson.io/v1/namespaces/default/widgets';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const aMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', labels: { a: 'b' } }, data: { k: 'v' } };
const aWidget = {
  apiVersion: 'test.keelson.io/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec: { size: 3, ports: [{ port: 1, protocol: 'TCP' }], tags: ['a'] },
};

beforeAll(async () => {
  server = await servedEngine();
  stranger = new Agent({ ca: server.authority, keepAlive: true, maxSockets: atOnce });
  agent = new Agent({ ...stranger.options, cert: server.admin.certPem, key: server.admin.keyPem });
  const port = {
    type: 'object',
    properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' } },
  };
  const spec = {
    type: 'object',
    properties: {
      size: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      ports: {
        type: 'array',
        items: { ...port, required: ['port'] },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port', 'protocol'],
      },
    },
  };
  await create(aDefinition('Widget', { spec }));
  await server.engine.settled();
  await create({ ...aMap, metadata: { ...aMap.metadata, namespace: 'default' } });
  await create({ ...aWidget, metadata: { name: 'w', namespace: 'default' } });
});

afterAll(async () => {
  agent.destroy();
  stranger.destroy();
  await server.close();
});

async function create(object: Draft): Promise<void> {
  const { registry } = server.engine;
  const kind = registry.kinds.byKind(String(object.apiVersion), String(object.kind));
  if (kind === undefined) throw new Error(`${String(object.kind)} is not served`);
  await createObject(registry, callFor(kind, kind.namespaced ? 'default' : undefined, systemMasters), object);
}

function ask({ method = 'GET', path, headers = {}, body, anonymous = false }: Asked): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port: server.port, method, path, headers, agent: anonymous ? stranger : agent };
    const sent = request(to, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => resolve({ code: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      incoming.on('error', reject);
    });
    sent.setTimeout(stallMs, () => sent.destroy(new Error(`no answer within ${stallMs} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

/**
 * A real kube-apiserver answers these with 500 as well: an apply that its schema does not know or with an item twice,
 * directives and items of strategic patches that are none, options of a deletion that are none.
 */
const isKnown500 = ({ code, text }: Reply): boolean => code === 500 && known500.some((words) => text.includes(words));
const known500 = [
  'failed to create typed patch object',
  'unknown patch type',
  'does not contain declared merge key',
  "couldn't get version/kind",
  'is registered for version',
];

/** Asks with bad inputs, many at once; what is answered but by the client's fault or as a success, or not at all, as sentences. */
async function defects(name: string, good: readonly string[], asking: (text: string) => Asked): Promise<object> {
  const random = seededRandom(`${seed} ${name}`);
  const found: string[] = [];
  let refused = 0;
  let asked = 0;
  const lane = async (): Promise<void> => {
    while (asked < rounds && found.length < 5) {
      asked += 1;
      const text = spoiled(good[asked % good.length] ?? '', random);
      const reply = await ask(asking(text)).catch((error: unknown) => ({ code: 0, text: String(error) }));
      if (reply.code >= 400 && reply.code < 500) refused += 1;
      else if ((reply.code < 200 || reply.code > 299) && !isKnown500(reply))
        found.push(`${JSON.stringify(text)}: ${reply.code} ${reply.text.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { found, someAreRefused: refused > 0 };
}

const none = { found: [], someAreRefused: true };

const body =
  (method: string, path: string, type: string) =>
  (text: string): Asked => ({
    method,
    path: `${path}${path.includes('?') ? '&' : '?'}dryRun=All`,
    headers: { 'content-type': type },
    body: Buffer.from(text, type.includes('protobuf') ? 'latin1' : 'utf8'),
  });

const query =
  (path: string, name: string, ...fixed: readonly [string, string][]) =>
  (text: string): Asked => ({ path: `${path}?${new URLSearchParams([...fixed, [name, text]]).toString()}` });

/** What may stand in a header: other characters are refused before they come to a parser of ours. */
const header = (text: string): string => text.replace(/[^\t\x20-\x7e]/g, '?');

/** A definition that is made of a printer column or of a rule. */
function definitionWith(part: { readonly column?: string; readonly rule?: string }): string {
  const definition = structuredClone(aDefinition('Gadget')) as { spec: { versions: Draft[] } };
  const [version] = definition.spec.versions;
  if (version === undefined) throw new Error('the definition has no version');
  if (part.column !== undefined)
    version.additionalPrinterColumns = [{ name: 'X', type: 'string', jsonPath: part.column }];
  if (part.rule !== undefined) {
    const { openAPIV3Schema } = version.schema as { openAPIV3Schema: { properties: { spec: Draft } } };
    openAPIV3Schema.properties.spec['x-kubernetes-validations'] = [{ rule: part.rule }];
  }
  return JSON.stringify(definition);
}

function aProtobufMap(): string {
  const raw = new Message().message(1, new Message().text(1, 'p')).message(2, new Message().text(1, 'k').text(2, 'v'));
  const unknown = new Message().message(1, new Message().text(1, 'v1').text(2, 'ConfigMap')).message(2, raw);
  return Buffer.concat([Buffer.from('k8s\0', 'latin1'), unknown.bytes()]).toString('latin1');
}

const fresh = JSON.stringify({ ...aMap, metadata: { name: 'fresh' } });
const applied = [
  'apiVersion: test.keelson.io/v1\nkind: Widget\nmetadata:\n  name: w\n  labels: {a: b}\nspec:\n  size: 4\n  ports:\n  - {port: 2}\n  - port: 3\n    protocol: UDP\n  tags: [b, c]\n',
  JSON.stringify({ ...aWidget, metadata: { name: 'w', finalizers: ['a/b'] } }),
];

describe(`${rounds} bad inputs over HTTPS are answered (seed ${seed})`, () => {
  const protobuf = 'application/vnd.kubernetes.protobuf';
  const columns = ['.status.conditions[?(@.type=="Ready")].status', ".metadata.labels['a\\.b/c']", '.a[0].b[-1][*]'];
  const rules = [
    'self.size > 0 && self.items.all(i, i.n.matches("^[a-z]+$"))',
    'has(self.a) ? self.b in [1, 2.5, "x"] : true',
  ];
  const jsonPatches = [
    '[{"op":"add","path":"/data/x","value":"1"},{"op":"test","path":"/data/k","value":"v"}]',
    '[{"op":"move","from":"/data/k","path":"/metadata/labels/z"},{"op":"replace","path":"/metadata/managedFields","value":[{}]}]',
  ];
  const mergePatches = ['{"data":{"k":null,"x":"1"},"metadata":{"labels":{"c":"d"},"finalizers":["a/b"]}}'];
  const strategicPatches = [
    '{"data":{"k":null,"$patch":"replace"},"metadata":{"$deleteFromPrimitiveList/finalizers":["a"]}}',
  ];
  const accepts = [
    'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;q=0.9',
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/yaml,*/*;q=0.1',
  ];
  const cases: readonly [string, readonly string[], (text: string) => Asked][] = [
    ['protobuf', [aProtobufMap()], body('POST', maps, protobuf)],
    ['JSON', [fresh], body('POST', maps, 'application/json')],
    [
      'strict JSON',
      [JSON.stringify({ ...aWidget, metadata: { name: 'v' } })],
      body('POST', `${widgets}?fieldValidation=Strict`, 'application/json'),
    ],
    [
      'YAML',
      ['apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y, labels: &l {a: b}}\ndata:\n  k: |\n    v\n'],
      body('POST', maps, 'application/yaml'),
    ],
    ['JSON patches', jsonPatches, body('PATCH', `${maps}/m`, 'application/json-patch+json')],
    ['merge patches', mergePatches, body('PATCH', `${maps}/m`, 'application/merge-patch+json')],
    ['strategic merge patches', strategicPatches, body('PATCH', `${maps}/m`, 'application/strategic-merge-patch+json')],
    ['applies', applied, body('PATCH', `${widgets}/w?fieldManager=f&force=true`, 'application/apply-patch+yaml')],
    [
      'printer columns',
      columns.map((column) => definitionWith({ column })),
      body('POST', definitions, 'application/json'),
    ],
    ['rules', rules.map((rule) => definitionWith({ rule })), body('POST', definitions, 'application/json')],
    ['label selectors', ['a=b,c in (d, e),!f,g notin (h)', 'x.io/a==b'], query(maps, 'labelSelector')],
    [
      'field selectors',
      ['metadata.name=a,metadata.namespace!=b', 'metadata.name=\\,\\=x'],
      query(maps, 'fieldSelector'),
    ],
    [
      'continue tokens',
      [Buffer.from('{"v":"keelson.v1","rv":1,"after":"a"}').toString('base64url')],
      query(maps, 'continue', ['limit', '1']),
    ],
    [
      'numbers of options',
      ['1', 'true', 'Exact'],
      (text) => ({
        path: `${maps}?${new URLSearchParams({ limit: text, resourceVersionMatch: text }).toString()}`,
      }),
    ],
    [
      'tokens',
      ['eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJhIiwic3ViIjoiYiJ9.c2ln'],
      (text) => ({ path: '/api', anonymous: true, headers: { authorization: `Bearer ${header(text)}` } }),
    ],
    ['what is accepted of discovery', accepts, (text) => ({ path: '/apis', headers: { accept: header(text) } })],
    ['what is accepted of lists', accepts, (text) => ({ path: maps, headers: { accept: header(text) } })],
    [
      'types of bodies',
      ['application/json; charset=utf-8', protobuf],
      (text) => ({ ...body('POST', maps, 'application/json')(fresh), headers: { 'content-type': header(text) } }),
    ],
    [
      'paths',
      [`${maps}/m/status`, '/apis/test.keelson.io/v1/widgets', '/openapi/v3/apis/test.keelson.io/v1'],
      (text) => ({ path: `/${text.replace(/[^\x21-\x7e]/g, '%')}` }),
    ],
  ];

  it.each(cases)('to %s', async (name, good, asking) => {
    expect(await defects(name, good, asking)).toEqual(
      name === 'numbers of options' ? { found: [], someAreRefused: expect.any(Boolean) } : none,
    );
  });

  it('that are no HTTP at all', async () => {
    const random = seededRandom(`${seed} raw`);
    for (let n = 0; n < Math.min(rounds, 200); n += 1) await raw(garbage(random));
    expect((await ask({ path: '/readyz' })).text).toBe('ok');
  });

  it('and leave the server as it was', async () => {
    const list = JSON.parse((await ask({ path: widgets })).text) as { items: { metadata: { name: string } }[] };
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['w']);
    expect(JSON.parse((await ask({ path: `${maps}/m` })).text)).toMatchObject({ data: { k: 'v' } });
  });
});

function garbage(random: Random): Buffer {
  const good = `POST ${maps}?dryRun=All HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${fresh.length}\r\n\r\n${fresh}`;
  const text = integerBelow(random, 4) === 0 ? `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${good}` : good;
  return Buffer.from(spoiled(text, random), 'latin1');
}

/** Sends bytes over TLS and goes away. */
function raw(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const { authority: ca, admin } = server;
    const socket = connect({ host: '127.0.0.1', port: server.port, ca, cert: admin.certPem, key: admin.keyPem });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.on('data', () => undefined);
    socket.write(bytes, () => void sleep(systemClock, 2).then(() => socket.destroy()));
  });
}
