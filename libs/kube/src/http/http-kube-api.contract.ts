import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type ConfigMap, ConfigMapKind, type Node, NodeKind } from '@keelson/api';
import { type Failure, isFailure, type Log, seededRandom, silentLog, systemClock, VirtualClock } from '@keelson/std';
import { httpKubeApi, type HttpKubeOptions, type KubeApi, type WatchEvent } from '../index.js';
import { type ScriptedServer, scriptedServer } from './scripted-server.fixtures.js';

const configMap = (name: string): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'demo', resourceVersion: '5' },
});
const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
const status = (code: number, reason: string, message: string, details = {}): string =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details });

/** What a server may do to a client, beyond what the embedded one does: against scripted answers in both protocols. */
describe.each(['HTTP/2', 'HTTP/1.1'] as const)('httpKubeApi over %s', (protocol) => {
  let server: ScriptedServer;
  let asked: string[];
  let warnings: string[];

  beforeEach(async () => {
    server = await scriptedServer(protocol);
    asked = [];
    warnings = [];
  });
  afterEach(() => server.close());

  const client = (more: Partial<HttpKubeOptions> = {}): KubeApi => {
    const log: Log = { ...silentLog, warn: (message) => void warnings.push(message) };
    return httpKubeApi({
      clock: systemClock,
      random: seededRandom('http'),
      log,
      userAgent: 'tester/1.0',
      ...more,
      server: server.url,
      certificateAuthority: server.certificateAuthority,
      token: () => `t${asked.length}`,
    });
  };
  const answer = (code: number, body: string, headers: Record<string, string> = {}): void =>
    server.play((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(code, headers);
      response.end(body);
    });
  /** Begins an answer and leaves the rest to the test. */
  const begin = (text: string): Promise<ServerResponse> =>
    new Promise((resolve) =>
      server.play((_request, response) => {
        response.writeHead(200);
        response.write(text);
        resolve(response);
      }),
    );
  const signal = (): AbortSignal => new AbortController().signal;
  const events = async (api: KubeApi, into: WatchEvent<ConfigMap>[] = []): Promise<WatchEvent<ConfigMap>[]> => {
    for await (const event of api.watch(ConfigMapKind, { namespace: 'demo', resourceVersion: '3', signal: signal() }))
      into.push(event);
    return into;
  };

  it('asks in the words of Kubernetes', async () => {
    const seen: unknown[] = [];
    server.play((request, response, body) => {
      const { authorization, 'content-type': type, 'user-agent': agent } = request.headers;
      seen.push([
        request.method,
        request.url,
        type ?? '',
        body === '' ? undefined : JSON.parse(body),
        authorization,
        agent,
      ]);
      response.end(JSON.stringify(configMap('a')));
    });
    let uses = 0;
    const api = httpKubeApi({
      clock: systemClock,
      random: seededRandom('x'),
      log: silentLog,
      userAgent: 'tester/1.0',
      server: `${server.url}/base/`,
      certificateAuthority: server.certificateAuthority,
      token: () => `t${(uses += 1)}`,
    });
    const key = { namespace: 'demo', name: 'a' };
    await api.get(NodeKind, { name: 'n1' });
    await api.apply<Node>(
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } },
      { fieldManager: 'm', force: true, subresource: 'status' },
    );
    await api.patch(ConfigMapKind, key, { data: null }, { dryRun: true });
    await api.delete(ConfigMapKind, key, { uid: 'u', resourceVersion: '5', propagation: 'Foreground' });
    await api.delete(ConfigMapKind, key);
    expect(seen).toEqual([
      ['GET', '/base/api/v1/nodes/n1', '', undefined, 'Bearer t1', 'tester/1.0'],
      [
        'PATCH',
        '/base/api/v1/nodes/n1/status?fieldManager=m&force=true',
        'application/apply-patch+yaml',
        { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } },
        'Bearer t2',
        'tester/1.0',
      ],
      [
        'PATCH',
        '/base/api/v1/namespaces/demo/configmaps/a?fieldManager=tester&dryRun=All',
        'application/merge-patch+json',
        { data: null },
        'Bearer t3',
        'tester/1.0',
      ],
      [
        'DELETE',
        '/base/api/v1/namespaces/demo/configmaps/a',
        'application/json',
        {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          preconditions: { uid: 'u', resourceVersion: '5' },
          propagationPolicy: 'Foreground',
        },
        'Bearer t4',
        'tester/1.0',
      ],
      [
        'DELETE',
        '/base/api/v1/namespaces/demo/configmaps/a',
        'application/json',
        { apiVersion: 'v1', kind: 'DeleteOptions' },
        'Bearer t5',
        'tester/1.0',
      ],
    ]);
  });

  it('reads pages, and all of it again when their point in time is forgotten', async () => {
    let isForgotten = false;
    server.play((request, response) => {
      asked.push(request.url ?? '');
      const query = new URL(request.url ?? '', server.url).searchParams;
      if (query.get('continue') === 'c2' && isForgotten) {
        response.writeHead(410);
        return response.end(status(410, 'Expired', 'The provided continue parameter is too old'));
      }
      const next = !query.has('limit') ? '' : ({ null: 'c1', c1: 'c2' }[String(query.get('continue'))] ?? '');
      response.end(
        JSON.stringify({
          metadata: { resourceVersion: '9', continue: next },
          items: [{ metadata: { name: String(query.get('continue')) } }],
        }),
      );
    });
    const names = async (): Promise<string[]> =>
      (await client().list(ConfigMapKind, { labelSelector: 'a=b,c in (d)' })).items.map(
        (item) => `${item.apiVersion} ${item.kind} ${item.metadata.name}`,
      );
    expect(await names()).toEqual(['v1 ConfigMap null', 'v1 ConfigMap c1', 'v1 ConfigMap c2']);
    expect(asked[1]).toBe('/api/v1/configmaps?labelSelector=a%3Db%2Cc%20in%20(d)&limit=500&continue=c1');
    isForgotten = true;
    expect(await names()).toEqual(['v1 ConfigMap null']);
  });

  it.each([
    [
      429,
      status(429, 'TooManyRequests', 'the write queue is full', { retryAfterSeconds: 3 }),
      {},
      { sort: 'transient', reason: 'TooManyRequests', retryAfterSeconds: 3 },
    ],
    [
      429,
      'slow down',
      { 'retry-after': '7' },
      {
        sort: 'transient',
        reason: 'TooManyRequests',
        retryAfterSeconds: 7,
        message: 'get ConfigMap demo/a: the API server answered 429: slow down',
      },
    ],
    [503, 'upstream is gone', {}, { sort: 'transient', reason: 'ServerError' }],
    [
      504,
      status(504, 'Timeout', 'Timeout: Too large resource version: 9'),
      {},
      { sort: 'transient', reason: 'Timeout' },
    ],
    [
      500,
      status(500, '', 'failed to create typed patch object (/s; g/v1, Kind=K): .spec.zz: field not declared in schema'),
      {},
      { sort: 'terminal', reason: 'Invalid' },
    ],
    [
      401,
      status(401, 'Unauthorized', 'Unauthorized'),
      {},
      { sort: 'terminal', reason: 'Unauthorized', message: 'get ConfigMap demo/a: Unauthorized' },
    ],
    [
      403,
      status(403, 'Forbidden', 'configmaps "a" is forbidden: no'),
      {},
      { sort: 'terminal', reason: 'Forbidden', message: 'configmaps "a" is forbidden: no' },
    ],
    [
      404,
      '404 page not found\n',
      {},
      {
        sort: 'terminal',
        reason: 'UnknownKind',
        message: 'get ConfigMap demo/a: the API server answered 404: 404 page not found',
      },
    ],
    [200, '{"half": ', {}, { sort: 'transient', reason: 'BadAnswer' }],
  ])('sorts an answer of %d: %s', async (code, body, headers, expected) => {
    answer(code, body, headers);
    expect(await failureOf(client().get(ConfigMapKind, { namespace: 'demo', name: 'a' }))).toMatchObject(expected);
  });

  it('tells once what the server warns of', async () => {
    const api = client();
    for (const name of ['a', 'b']) {
      answer(200, JSON.stringify(configMap(name)), { warning: '299 - "unknown field"' });
      await api.patch(ConfigMapKind, { namespace: 'demo', name }, {});
    }
    expect(warnings).toEqual(['patch ConfigMap demo/a: the API server warns: 299 - "unknown field"']);
  });

  it('gives up a server that does not answer, or not to the end', async () => {
    const clock = new VirtualClock();
    const key = { namespace: 'demo', name: 'a' };
    const silent = new Promise<void>((resolve) => server.play(() => resolve()));
    const unanswered = failureOf(client({ clock }).get(ConfigMapKind, key));
    await silent;
    await clock.advance(30_000);
    expect(await unanswered).toMatchObject({
      sort: 'transient',
      reason: 'Timeout',
      message: `get ConfigMap demo/a: ${server.url} sent nothing for 30 s`,
    });
    const begun = begin('{"apiVersion": ');
    const unfinished = failureOf(client({ clock }).get(ConfigMapKind, key));
    await begun;
    await clock.advance(30_000);
    expect(await unfinished).toMatchObject({ sort: 'transient', reason: 'Timeout' });
    answer(200, JSON.stringify(configMap('a')));
    expect(await client().get(ConfigMapKind, key)).toEqual(configMap('a'));
  });

  it('calls a broken connection transient', async () => {
    const begun = begin('{"apiVersion": ');
    const broken = failureOf(client().get(ConfigMapKind, { namespace: 'demo', name: 'a' }));
    (await begun).socket?.destroy();
    // An HTTP/2 server that goes in good order leaves half an answer without an error.
    expect(await broken).toMatchObject({
      sort: 'transient',
      reason: expect.stringMatching(/^(Unreachable|BadAnswer)$/),
    });
    await server.close();
    expect(await failureOf(client().get(ConfigMapKind, { namespace: 'demo', name: 'a' }))).toMatchObject({
      sort: 'transient',
      reason: 'Unreachable',
    });
    server = await scriptedServer(protocol);
  });

  it('does not trust a certificate of another authority', async () => {
    const api = httpKubeApi({
      clock: systemClock,
      random: seededRandom('x'),
      log: silentLog,
      userAgent: 't',
      server: server.url,
    });
    expect(await failureOf(api.get(ConfigMapKind, { namespace: 'demo', name: 'a' }))).toMatchObject({
      sort: 'transient',
      reason: 'Unreachable',
    });
  });

  it('watches line by line, wherever the network cuts', async () => {
    const text =
      line('ADDED', { ...configMap('a'), data: { ü: '€' } }) +
      line('BOOKMARK', { metadata: { resourceVersion: '8' } }) +
      line('DELETED', configMap('a'));
    server.play((request, response) => {
      asked.push(request.url ?? '');
      for (const byte of Buffer.from(text, 'utf8')) response.write(Buffer.of(byte));
      response.end();
    });
    expect(await events(client())).toEqual([
      { type: 'BOOKMARK', resourceVersion: '3' },
      { type: 'ADDED', object: { ...configMap('a'), data: { ü: '€' } } },
      { type: 'BOOKMARK', resourceVersion: '8' },
      { type: 'DELETED', object: configMap('a') },
    ]);
    expect(asked[0]).toMatch(
      /^\/api\/v1\/namespaces\/demo\/configmaps\?watch=true&allowWatchBookmarks=true&resourceVersion=3&timeoutSeconds=[3-5]\d\d$/,
    );
  });

  it.each([
    [
      line('ERROR', JSON.parse(status(410, 'Expired', 'too old resource version: 3 (9)'))),
      { sort: 'transient', reason: 'Expired', message: 'too old resource version: 3 (9)' },
    ],
    [line('ERROR', JSON.parse(status(500, 'InternalError', 'etcd'))), { sort: 'transient', reason: 'InternalError' }],
    [line('ERROR', {}), { sort: 'transient' }],
    ['{"type": "ADDED", "obj', { sort: 'transient', reason: 'BadAnswer' }],
    ['17\n', { sort: 'transient', reason: 'BadAnswer' }],
  ])('sorts what goes wrong in a watch %j', async (text, expected) => {
    answer(200, text);
    expect(await failureOf(events(client()))).toMatchObject(expected);
  });

  it('takes a watch that is silent for too long for dead; bookmarks keep it alive', async () => {
    const clock = new VirtualClock();
    const begun = begin(line('ADDED', configMap('a')));
    const seen: WatchEvent<ConfigMap>[] = [];
    const failing = failureOf(events(client({ clock }), seen));
    const response = await begun;
    await until(() => seen.length === 2);
    await clock.advance(150_000);
    response.write(line('BOOKMARK', { metadata: { resourceVersion: '8' } }));
    await until(() => seen.length === 3);
    await clock.advance(150_000);
    expect(await Promise.race([failing, Promise.resolve('alive')])).toBe('alive');
    await clock.advance(60_000);
    expect(await failing).toMatchObject({ sort: 'transient', reason: 'Timeout' });
  });
});

describe('many clients of one server', () => {
  it('share connections up to what the server allows on each', async () => {
    const server = await scriptedServer('HTTP/2', 50);
    let watches = 0;
    server.play((request, response) => {
      if (!request.url?.includes('watch=true'))
        return response.end(JSON.stringify(configMap(String(request.headers.authorization))));
      watches += 1;
      response.once('close', () => (watches -= 1));
      response.write(line('ADDED', configMap('a')));
    });
    const ending = new AbortController();
    setMaxListeners(0, ending.signal);
    const clients = Array.from({ length: 300 }, (_, i) =>
      httpKubeApi({
        clock: systemClock,
        random: seededRandom(i),
        log: silentLog,
        userAgent: 't',
        server: server.url,
        certificateAuthority: server.certificateAuthority,
        token: `t${i}`,
      }),
    );
    let seen = 0;
    const running = clients.map(async (api) => {
      for await (const _event of api.watch(ConfigMapKind, { resourceVersion: '1', signal: ending.signal })) seen += 1;
    });
    await until(() => seen === 300);
    const patched = await Promise.all(
      clients.map((api) => api.patch(ConfigMapKind, { namespace: 'demo', name: 'a' }, { data: {} })),
    );
    expect(patched.map((object) => object.metadata.name)).toEqual(clients.map((_, i) => `Bearer t${i}`));
    expect(server.connections()).toBeLessThan(20);
    ending.abort(new Error('enough'));
    await Promise.all(running);
    await until(() => watches === 0);
    await server.close();
  });
});

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    if (isFailure(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; !holds(); attempt += 1) {
    if (attempt === 1000) throw new Error('it never came to hold');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
