import { connect, type ClientHttp2Session } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sleep, systemClock } from '@keelson/std';
import { callFor, systemMasters } from '../engine/calls.js';
import { createObject, replaceObject } from '../registry/write.js';
import { type ServedEngine, servedEngine } from './served.fixtures.js';

const count = 1200;
const collection = '/api/v1/namespaces/default/configmaps';
const names = Array.from({ length: count }, (_, i) => `m${String(i).padStart(4, '0')}`);

let server: ServedEngine;
let agent: Agent;

async function write(name: string, revision = ''): Promise<void> {
  const { registry } = server.engine;
  const kind = registry.kinds.byKind('v1', 'ConfigMap');
  if (kind === undefined) throw new Error('ConfigMap is not served');
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { revision, text: 'ü'.repeat(revision.startsWith('round') ? 3000 : 600) },
  };
  const call = callFor(kind, 'default', systemMasters);
  if (revision === '') await createObject(registry, call, object);
  else await replaceObject(registry, call, name, 'main', object);
}

beforeAll(async () => {
  server = await servedEngine();
  agent = new Agent({ ca: server.authority, cert: server.admin.certPem, key: server.admin.keyPem, keepAlive: true });
  await Promise.all(names.map((name) => write(name)));
});

afterAll(async () => {
  agent.destroy();
  await server.close();
});

function asked(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, headers, agent }, resolve);
    sent.on('error', reject);
    sent.end();
  });
}

async function bytesOf(incoming: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface List {
  readonly kind: string;
  readonly items?: readonly { readonly metadata: { readonly name: string } }[];
  readonly rows?: readonly { readonly cells: readonly unknown[] }[];
}

const namesOf = ({ items, rows }: List): unknown[] =>
  items?.map(({ metadata }) => metadata.name) ?? rows?.map(({ cells }) => cells[0]) ?? [];

describe('a long list', () => {
  it.each([
    ['ConfigMapList', 'application/json'],
    ['Table', 'application/json;as=Table;v=v1;g=meta.k8s.io'],
    ['PartialObjectMetadataList', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'],
  ])('comes whole, plain and compressed, as a %s', async (kind, accept) => {
    const plain = await asked(collection, { accept });
    const packed = await asked(collection, { accept, 'accept-encoding': 'gzip' });
    const lists = [await bytesOf(plain), gunzipSync(await bytesOf(packed))].map(
      (bytes) => JSON.parse(bytes.toString('utf8')) as List,
    );
    expect(lists.map((list) => [list.kind, namesOf(list)])).toEqual([
      [kind, names],
      [kind, names],
    ]);
    expect([plain.headers['content-type'], packed.headers['content-encoding']]).toEqual(['application/json', 'gzip']);
  });

  it('comes whole over HTTP/2', async () => {
    const session: ClientHttp2Session = connect(`https://127.0.0.1:${server.port}`, {
      ca: server.authority,
      cert: server.admin.certPem,
      key: server.admin.keyPem,
    });
    const stream = session.request({ ':path': collection });
    const list = JSON.parse((await bytesOf(stream)).toString('utf8')) as List;
    session.close();
    expect(namesOf(list)).toEqual(names);
  });

  it('that is broken off harms nobody', async () => {
    const broken = await asked(collection);
    await new Promise((resolve) => broken.once('data', resolve));
    broken.destroy();
    expect(namesOf(JSON.parse((await bytesOf(await asked(collection))).toString('utf8')) as List)).toEqual(names);
  });
});

describe('a watch that begins with much', () => {
  const path = `${collection}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;

  it.each(['application/json', 'application/json;as=Table;v=v1;g=meta.k8s.io'])(
    'brings it in order, and behind it what came meanwhile (%s)',
    async (accept) => {
      const stream = await asked(path, { accept });
      stream.setEncoding('utf8');
      stream.pause();
      await write('m0007', `while ${accept} was sent`);
      const events: { type: string; object: List & { columnDefinitions?: unknown[]; metadata: { name: string } } }[] =
        [];
      let rest = '';
      for await (const chunk of stream) {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) events.push(JSON.parse(line) as (typeof events)[number]);
        if (events.at(-1)?.type === 'MODIFIED') break;
      }
      stream.destroy();
      const nameOf = ({ object }: (typeof events)[number]): unknown => namesOf(object)[0] ?? object.metadata.name;
      expect(events.map(({ type }) => type)).toEqual([...names.map(() => 'ADDED'), 'BOOKMARK', 'MODIFIED']);
      expect(events.slice(0, count).map(nameOf)).toEqual(names);
      if (accept.includes('Table'))
        expect(events.filter(({ object }) => (object.columnDefinitions ?? []).length > 0)).toHaveLength(1);
    },
  );

  it('is closed when its client takes nothing while much happens', async () => {
    const stream = await asked(path);
    stream.pause();
    const closed = new Promise((resolve) => stream.once('aborted', resolve).once('close', resolve));
    for (let round = 0; round < 4; round += 1) {
      await Promise.all(names.map((name) => write(name, `round ${round}`)));
      await sleep(systemClock, 1);
    }
    stream.resume();
    await closed;
    expect(stream.complete).toBe(false);
  });
});
