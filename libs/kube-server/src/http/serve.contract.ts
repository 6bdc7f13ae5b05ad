import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLog, systemClock } from '@keelson/std';
import { serveEngine } from './serve.js';
import { type ServedEngine, servedEngine } from './served.fixtures.js';

interface Reply {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly json: Record<string, unknown>;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
  /** Without the administrator's certificate. */
  readonly anonymous?: boolean;
}

let server: ServedEngine;

beforeAll(async () => {
  server = await servedEngine();
});

afterAll(() => server.close());

/** One request over HTTP/1.1. */
function ask(path: string, { method = 'GET', headers = {}, body, anonymous = false }: Sent = {}): Promise<Reply> {
  const client = anonymous ? {} : { cert: server.admin.certPem, key: server.admin.keyPem };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: server.port, path, method, headers, ca: server.authority, agent: false, ...client },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () => resolve(replyOf(reply.statusCode ?? 0, reply.headers, Buffer.concat(chunks))));
        reply.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function replyOf(code: number, headers: IncomingHttpHeaders, bytes: Buffer): Reply {
  const text = headers['content-encoding'] === 'gzip' ? gunzipSync(bytes).toString('utf8') : bytes.toString('utf8');
  return { code, headers, bytes, json: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

const json = { 'content-type': 'application/json' };

function configMap(name: string, data: object = {}): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
}

const collection = '/api/v1/namespaces/default/configmaps';
const create = (name: string, data?: object): Promise<Reply> =>
  ask(collection, { method: 'POST', headers: json, body: configMap(name, data) });

describe('who asks', () => {
  it('needs credentials, but not for health and version', async () => {
    const codes = await Promise.all(
      ['/api/v1/namespaces', '/apis', '/healthz', '/version'].map(
        async (path) => (await ask(path, { anonymous: true })).code,
      ),
    );
    expect(codes).toEqual([401, 401, 200, 200]);
  });

  it('refuses a wrong bearer token', async () => {
    expect((await ask('/api', { anonymous: true, headers: { authorization: 'Bearer nonsense' } })).json).toMatchObject({
      reason: 'Unauthorized',
      code: 401,
    });
  });

  it('says what is forbidden before it reads a body', async () => {
    const reply = await ask(collection, {
      method: 'POST',
      headers: { ...json, 'impersonate-user': 'jane' },
      body: '{',
    });
    expect(reply.json).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      details: { kind: 'configmaps' },
      message:
        'configmaps is forbidden: User "jane" cannot create resource "configmaps" in API group "" in the namespace "default"',
    });
  });

  it('says what path is forbidden', async () => {
    expect((await ask('/nowhere', { headers: { 'impersonate-user': 'jane' } })).json).toMatchObject({
      code: 403,
      message: 'forbidden: User "jane" cannot get path "/nowhere"',
    });
  });

  it('keeps the groups of an impersonation apart', async () => {
    const headers = {
      ...json,
      'impersonate-user': 'jane',
      'impersonate-group': ['a,b', 'c'],
      'impersonate-extra-scopes': ['x'],
    };
    const { json: review } = await ask('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      method: 'POST',
      headers,
      body: '{}',
    });
    expect(review.status).toEqual({
      userInfo: { username: 'jane', groups: ['a,b', 'c', 'system:authenticated'], extra: { scopes: ['x'] } },
    });
  });
});

describe('what is answered', () => {
  it.each([
    ['/nowhere', 404],
    ['/api/v9/pods', 404],
    ['/apis/nobody.knows/v1/things', 404],
    ['/apis/nobody.knows', 404],
  ])('%s is plain text', async (path, code) => {
    const reply = await ask(path);
    expect([reply.code, reply.headers['content-type'], reply.bytes.toString()]).toEqual([
      code,
      'text/plain; charset=utf-8',
      '404 page not found\n',
    ]);
  });

  it.each([
    ['GET', '/api/v1/gadgets', 404, 'the server could not find the requested resource'],
    ['GET', '/api/v1/namespaces/default/namespaces/x', 404, 'the server could not find the requested resource'],
    ['PATCH', collection, 405, 'the server does not allow this method on the requested resource'],
    ['POST', '/api/v1/configmaps', 405, 'the server does not allow this method on the requested resource'],
    [
      'GET',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      405,
      'the server does not allow this method on the requested resource',
    ],
    ['PUT', collection, 405, 'does not allow this method'],
    ['GET', `${collection}/none/status`, 404, 'the server could not find the requested resource'],
    ['PATCH', `${collection}/none`, 415, '415: Unsupported Media Type'],
  ])('%s %s is %d', async (method, path, code, message) => {
    expect((await ask(path, { method })).json).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      code,
      message: expect.stringContaining(message),
    });
  });

  it('bounds bodies', async () => {
    expect((await create('large', { a: 'x'.repeat(3 * 1024 * 1024) })).json).toMatchObject({
      code: 413,
      reason: 'RequestEntityTooLarge',
    });
  });

  it('cannot give everything', async () => {
    expect((await ask(collection, { headers: { accept: 'text/html' } })).json).toMatchObject({
      code: 406,
      reason: 'NotAcceptable',
    });
    expect(
      (await ask(collection, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a' })).json,
    ).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
  });

  it('gives YAML and takes it', async () => {
    const made = await ask(collection, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml', accept: 'application/yaml' },
      body: 'metadata: {name: yaml}\ndata: {a: "1"}\n',
    });
    expect([made.code, made.headers['content-type'], made.bytes.toString()]).toEqual([
      201,
      'application/yaml',
      expect.stringContaining("data:\n  a: '1'"),
    ]);
  });

  it('gives metadata alone', async () => {
    await create('partial', { a: '1' });
    const { json: list } = await ask(`${collection}?fieldSelector=metadata.name%3Dpartial`, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
    });
    expect(list).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'partial' } }],
    });
    expect(JSON.stringify(list)).not.toContain('"data"');
  });

  it('warns of unknown fields', async () => {
    const body = JSON.stringify({ metadata: { name: 'warned' }, datta: {} });
    expect((await ask(collection, { method: 'POST', headers: json, body })).headers.warning).toBe(
      '299 - "unknown field \\"datta\\""',
    );
  });

  it('marks every answer, and is not cached', async () => {
    expect((await ask('/version')).headers).toMatchObject({
      'audit-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'cache-control': 'no-cache, private',
    });
  });

  it('compresses what is long when that is asked for', async () => {
    await create('long', { a: 'x'.repeat(200_000) });
    const [plain, short] = await Promise.all([
      ask(`${collection}/long`),
      ask('/version', { headers: { 'accept-encoding': 'gzip' } }),
    ]);
    const long = await ask(`${collection}/long`, { headers: { 'accept-encoding': 'gzip' } });
    expect([plain, short, long].map(({ headers }) => headers['content-encoding'])).toEqual([
      undefined,
      undefined,
      'gzip',
    ]);
    expect(long.json).toEqual(plain.json);
  });

  it('says when discovery has not changed', async () => {
    const first = await ask('/apis');
    const again = await ask('/apis', { headers: { 'if-none-match': first.headers.etag ?? '' } });
    expect([first.code, again.code, again.bytes.length]).toEqual([200, 304, 0]);
  });

  it('tells a defect of its own as such', async () => {
    const { registry } = server.engine;
    const broken = {
      ...server.engine,
      registry,
      review: () => {
        throw new Error('a wire fell off');
      },
    };
    const said: string[] = [];
    const log = {
      ...silentLog,
      error: (message: string, fields?: object) => said.push(`${message}: ${JSON.stringify(fields)}`),
    };
    const { cert, key } = serverCertificate();
    const other = await serveEngine(broken, {
      host: '127.0.0.1',
      port: 0,
      tls: { cert, key, clientCa: server.authority },
      clock: systemClock,
      log,
    });
    const reply = await new Promise<number>((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: other.port,
          path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
          method: 'POST',
          rejectUnauthorized: false,
          agent: false,
          cert: server.admin.certPem,
          key: server.admin.keyPem,
        },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      sent.on('error', reject);
      sent.end('{}');
    });
    await other.close();
    expect([reply, said.length, said[0]]).toEqual([500, 1, expect.stringContaining('a wire fell off')]);
  });
});

/** Any certificate does where the client does not look at it. */
function serverCertificate(): { cert: string; key: string } {
  return { cert: server.admin.certPem, key: server.admin.keyPem };
}

describe('where it listens', () => {
  it('refuses addresses that others can reach', async () => {
    await expect(
      serveEngine(server.engine, {
        host: '0.0.0.0',
        port: 0,
        tls: serverCertificate(),
        clock: systemClock,
        log: silentLog,
      }),
    ).rejects.toThrow('loopback addresses only');
  });
});

describe('watches over HTTP/2', () => {
  let session: ClientHttp2Session;

  beforeEach(() => {
    session = connectHttp2(`https://127.0.0.1:${server.port}`, {
      ca: server.authority,
      cert: server.admin.certPem,
      key: server.admin.keyPem,
    });
  });

  afterEach(() => session.destroy());

  interface Event {
    readonly type: string;
    readonly object: {
      kind: string;
      metadata: { name?: string; resourceVersion: string; annotations?: object };
      code?: number;
    };
  }

  /** The events of a watch until it ends, or until there are `most`. */
  function watch(path: string, most = Infinity): Promise<Event[]> {
    return new Promise((resolve, reject) => {
      const stream = session.request({ ':path': path });
      const events: Event[] = [];
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        events.push(...lines.map((line) => JSON.parse(line) as Event));
        if (events.length >= most) stream.close();
      });
      stream.on('close', () => resolve(events));
      stream.on('error', reject);
    });
  }

  const shown = (events: readonly Event[]): string[] =>
    events.map(({ type, object }) => [type, object.metadata.name ?? ''].join(' ').trim());
  const only = (name: string): string => `fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;

  it('tell what is there and what happens', async () => {
    await create('seen');
    const watching = watch(`${collection}?watch=1&${only('seen')}`, 3);
    await ask(`${collection}/seen`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"data":{"a":"2"}}',
    });
    await ask(`${collection}/seen`, { method: 'DELETE' });
    expect(shown(await watching)).toEqual(['ADDED seen', 'MODIFIED seen', 'DELETED seen']);
  });

  it('end at their time, with a bookmark for those who want one', async () => {
    const events = await watch(
      `${collection}?watch=true&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=${server.engine.registry.store.revision}`,
    );
    expect(events).toEqual([
      {
        type: 'BOOKMARK',
        object: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { resourceVersion: String(server.engine.registry.store.revision) },
        },
      },
    ]);
  });

  it('begin with a list when that is asked for', async () => {
    await create('initial');
    const events = await watch(
      `${collection}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&${only('initial')}`,
      2,
    );
    expect([shown(events), events[1]?.object.metadata.annotations]).toEqual([
      ['ADDED initial', 'BOOKMARK'],
      { 'k8s.io/initial-events-end': 'true' },
    ]);
  });

  it('are Tables when that is asked for', async () => {
    await create('tabled');
    const stream = session.request({
      ':path': `${collection}?watch=1&${only('tabled')}`,
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    const [first] = await new Promise<string[]>((resolve) =>
      stream.setEncoding('utf8').once('data', (chunk: string) => resolve(chunk.split('\n'))),
    );
    stream.close();
    expect(JSON.parse(first ?? '')).toMatchObject({
      type: 'ADDED',
      object: {
        kind: 'Table',
        rows: [{ cells: ['tabled', 0, expect.any(String)], object: { kind: 'PartialObjectMetadata' } }],
      },
    });
  });

  it('say when a version is no version', async () => {
    const [reply] = await watch(`${collection}?watch=1&resourceVersion=abc`).catch(() => [undefined]);
    expect(reply).toBeUndefined();
    expect((await ask(`${collection}?watch=1&resourceVersion=abc`)).code).toBe(500);
  });

  it('are closed when nobody reads them, and hold nobody up', async () => {
    await ask('/api/v1/namespaces', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ metadata: { name: 'flood' } }),
    });
    const stream = session.request({ ':path': '/api/v1/namespaces/flood/configmaps?watch=1' });
    const broken = new Promise<string>((resolve) => stream.on('error', (error) => resolve(error.message)));
    await new Promise<void>((resolve) => stream.once('response', () => resolve()));
    for (let i = 0; i < 12; i++) {
      const body = configMap(`flood-${i}`, { a: 'x'.repeat(1_000_000) });
      expect((await ask('/api/v1/namespaces/flood/configmaps', { method: 'POST', headers: json, body })).code).toBe(
        201,
      );
    }
    expect([server.engine.registry.hub.size, await broken]).toEqual([
      0,
      expect.stringContaining('NGHTTP2_ENHANCE_YOUR_CALM'),
    ]);
  });

  it('end when the server does', async () => {
    const other = await servedEngine();
    const client = connectHttp2(`https://127.0.0.1:${other.port}`, {
      ca: other.authority,
      cert: other.admin.certPem,
      key: other.admin.keyPem,
    });
    const stream = client.request({ ':path': `${collection}?watch=1` });
    const ended = new Promise<void>((resolve) => stream.on('end', resolve));
    await new Promise<void>((resolve) => stream.once('response', () => resolve()));
    stream.resume();
    const closing = [other.close(), other.close()];
    await ended;
    client.destroy();
    await Promise.all(closing);
  });
});
