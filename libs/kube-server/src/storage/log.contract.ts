import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { integerBelow, type Log, pick, seededRandom, silentLog, sleep, systemClock, systemRandom } from '@keelson/std';
import { lackOfPostgres, startPostgres, type ThrowawayPostgres } from '@keelson/testing/postgres';
import pg from 'pg';
import { createObject, listObjects } from '../index.js';
import { type Engine, openEngine } from '../engine/engine.js';
import { callFor, systemMasters } from '../engine/calls.js';
import { type LogEntry, type LogState, type ObjectLog, WriterLost } from './log.js';
import { memoryLog } from './memory-log.js';
import { postgresLog } from './postgres-log.js';
import { Store } from './store.js';
import type { Stored } from './stored.js';

function anObject(name: string, revision: number, namespace = 'default'): Stored {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      namespace,
      name,
      uid: `uid-${name}`,
      resourceVersion: String(revision),
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    data: { nul: 'a\u0000b', quote: '{"a": [1, "\\"]}', text: 'ü€😀' },
  };
}

function put(revision: number, name: string, previous?: Stored, resource = 'configmaps'): LogEntry {
  return { revision, resource, namespace: 'default', name, type: 'put', object: anObject(name, revision), previous };
}

function gone(revision: number, name: string, previous: Stored): LogEntry {
  return {
    revision,
    resource: 'configmaps',
    namespace: 'default',
    name,
    type: 'delete',
    object: anObject(name, revision),
    previous,
  };
}

interface Harness {
  /** A new handle on the same log, as another process would have. */
  open(): ObjectLog;
  close(): Promise<void>;
}

function logContract(name: string, lack: string | undefined, make: () => Promise<Harness>): void {
  (lack === undefined ? describe : describe.skip)(`the log of objects: ${name}`, () => {
    let harness: Harness;
    let log: ObjectLog;
    let state: LogState;
    beforeEach(async () => {
      harness = await make();
      log = harness.open();
      state = await log.open();
    });
    afterEach(async () => {
      await log.close();
      await harness.close();
    });
    const reopened = async (): Promise<LogState> => {
      await log.close();
      log = harness.open();
      return log.open();
    };

    it('is empty at first', () => {
      expect(state).toEqual({ revision: 0, objects: [], tail: [], floors: new Map(), compacted: 0 });
    });

    it('gives back what was appended: living objects, and the tail as it was', async () => {
      const first = [put(1, 'a'), put(2, 'b'), put(3, 'a', anObject('a', 1))];
      const second = [gone(4, 'b', anObject('b', 2)), put(5, 'c', undefined, 'secrets')];
      await log.append(first);
      await log.append(second);
      const after = await reopened();
      expect(after.tail).toEqual([...first, ...second]);
      expect(after.revision).toBe(5);
      expect(
        new Map(
          after.objects.map(({ resource, object }) => [
            `${resource} ${object.metadata.name}`,
            object.metadata.resourceVersion,
          ]),
        ),
      ).toEqual(
        new Map([
          ['configmaps a', '3'],
          ['secrets c', '5'],
        ]),
      );
    });

    it('gives back what each entry of the tail found, also where that is forgotten', async () => {
      const first = [put(1, 'a'), put(2, 'b'), put(3, 'a', anObject('a', 1))];
      const then = [put(4, 'a', anObject('a', 3)), gone(5, 'a', anObject('a', 4)), put(6, 'a')];
      await log.append(first);
      for (const entry of then) await log.append([entry]);
      await log.compact(3, new Map([['configmaps', 3]]));
      expect((await reopened()).tail).toEqual(then);
    });

    it('takes an object that is made, changed, deleted and made again in one batch', async () => {
      await log.append([
        put(1, 'a'),
        gone(2, 'a', anObject('a', 1)),
        put(3, 'a'),
        put(4, 'b'),
        gone(5, 'b', anObject('b', 4)),
      ]);
      const after = await reopened();
      expect(after.objects).toEqual([{ resource: 'configmaps', object: anObject('a', 3) }]);
    });

    it('forgets up to a revision and remembers for each resource how far', async () => {
      await log.append([
        put(1, 'a'),
        put(2, 's', undefined, 'secrets'),
        put(3, 'a', anObject('a', 1)),
        put(4, 'a', anObject('a', 3)),
      ]);
      await log.compact(
        3,
        new Map([
          ['configmaps', 3],
          ['secrets', 2],
        ]),
      );
      const after = await reopened();
      expect(after.tail.map(({ revision }) => revision)).toEqual([4]);
      expect(after).toMatchObject({
        revision: 4,
        compacted: 3,
        floors: new Map([
          ['configmaps', 3],
          ['secrets', 2],
        ]),
      });
      expect(after.objects).toHaveLength(2);
      await log.compact(
        4,
        new Map([
          ['configmaps', 4],
          ['secrets', 2],
        ]),
      );
      expect(await reopened()).toMatchObject({
        revision: 4,
        compacted: 4,
        tail: [],
        floors: new Map([
          ['configmaps', 4],
          ['secrets', 2],
        ]),
      });
    });

    it('adds up to the same wherever it was forgotten up to', async () => {
      const random = seededRandom('compaction');
      const model = new Map<string, Stored>();
      let revision = 0;
      for (let batch = 0; batch < 12; batch += 1) {
        const entries = Array.from({ length: 8 }, (): LogEntry => {
          const key = pick(random, ['a', 'b', 'c', 'd', 'e']);
          const previous = model.get(key);
          revision += 1;
          const isGone = previous !== undefined && integerBelow(random, 3) === 0;
          const entry = isGone ? gone(revision, key, previous) : put(revision, key, previous);
          if (isGone) model.delete(key);
          else model.set(key, entry.object);
          return entry;
        });
        await log.append(entries);
        const upTo = revision - integerBelow(random, 20);
        if (batch % 3 === 1) await log.compact(upTo, new Map([['configmaps', upTo]]));
        if (batch % 4 !== 3) continue;
        const after = await reopened();
        expect(new Map(after.objects.map(({ object }) => [object.metadata.name, object]))).toEqual(model);
        expect(after.revision).toBe(revision);
      }
    });

    it('carries an API over a restart: objects, revisions and what watches missed', async () => {
      await log.close();
      const first = await anEngine(harness.open());
      const made = await createMap(first, 'kept');
      await first.close();
      const second = await anEngine(harness.open());
      expect(await mapsOf(second)).toEqual(['kept']);
      expect(second.registry.store.revision).toBeGreaterThanOrEqual(Number(made.metadata.resourceVersion));
      const next = await createMap(second, 'next');
      expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
      await second.close();
    });
  });
}

function anEngine(log: ObjectLog, onLost?: (error: Error) => void): Promise<Engine> {
  return openEngine({
    log,
    profile: 'management',
    clock: systemClock,
    random: systemRandom,
    logger: silentLog,
    ...(onLost === undefined ? {} : { onLost }),
  });
}

function mapCall(engine: Engine) {
  const kind = engine.registry.kinds.byKind('v1', 'ConfigMap');
  if (kind === undefined) throw new Error('ConfigMap is not served');
  return callFor(kind, 'default', systemMasters);
}

async function createMap(engine: Engine, name: string): Promise<Stored> {
  return (
    await createObject(engine.registry, mapCall(engine), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
  ).object;
}

async function mapsOf(engine: Engine): Promise<string[]> {
  return (await listObjects(engine.registry, mapCall(engine))).items.map(({ metadata }) => metadata.name);
}

logContract('memory', undefined, async () => {
  const log = memoryLog({ keepsTail: true });
  return { open: () => log, close: () => log.close() };
});

let postgres: ThrowawayPostgres;
let databases = 0;

async function admin(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

/** A new database for every test. */
async function newDatabase(): Promise<string> {
  const name = `log_${++databases}`;
  await admin(postgres.adminUrl, `create database ${name}`);
  const url = new URL(postgres.adminUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

/** As long as a busy machine may need to end a process; only a test that fails waits so long. */
const patienceSeconds = 60;

const options = (url: string, waitSeconds = patienceSeconds, log: Log = silentLog) => ({
  url,
  clock: systemClock,
  random: systemRandom,
  log,
  waitSeconds,
});

beforeAll(async () => {
  if (lackOfPostgres() === undefined) postgres = await startPostgres();
});
afterAll(async () => {
  if (lackOfPostgres() === undefined) await postgres.stop();
});

logContract('PostgreSQL', lackOfPostgres(), async () => {
  const url = await newDatabase();
  return { open: () => postgresLog(options(url)), close: async () => undefined };
});

(lackOfPostgres() === undefined ? describe : describe.skip)('the log in PostgreSQL', () => {
  it('lets only one process write, and another when it has ended', async () => {
    const url = await newDatabase();
    const said: string[] = [];
    const first = postgresLog(options(url));
    await first.open();
    const second = postgresLog(options(url, 1, { ...silentLog, info: (message) => said.push(message) }));
    await expect(second.open()).rejects.toThrow(
      new WriterLost('another process has been the writer of the schema kube_api for 1 s; end it first'),
    );
    expect(said).toEqual(['another process is the writer of the schema kube_api: waiting up to 1 s for it to end']);
    const third = postgresLog(options(url));
    const opening = third.open();
    await first.close();
    expect((await opening).revision).toBe(0);
    await third.close();
  });

  it('refuses a writer whose epoch is over, even with its connection intact', async () => {
    const url = await newDatabase();
    const frozen = postgresLog(options(url));
    await frozen.open();
    await frozen.append([put(1, 'a')]);
    await admin(url, 'update kube_api.meta set epoch = epoch + 1');
    await expect(frozen.append([put(2, 'b')])).rejects.toThrow(
      'this process is no longer the writer of the schema kube_api: the epoch 1 of this process is over',
    );
    await expect(frozen.compact(1, new Map())).rejects.toThrow(WriterLost);
    await frozen.close();
    const next = postgresLog(options(url));
    expect((await next.open()).tail.map(({ revision }) => revision)).toEqual([1]);
    await next.close();
  });

  it('refuses a writer whose next number is taken', async () => {
    const url = await newDatabase();
    const log = postgresLog(options(url));
    await log.open();
    await admin(url, "insert into kube_api.log (rv, res, ns, name, type, value) values (1, 'x', '', 'x', 0, '{}')");
    await expect(log.append([put(1, 'a')])).rejects.toThrow('another process has appended to the log');
    await log.close();
  });

  it('tells an engine that it has lost, which then answers nothing', async () => {
    const url = await newDatabase();
    let lost: Error | undefined;
    const engine = await anEngine(postgresLog(options(url)), (error) => (lost = error));
    await admin(url, 'update kube_api.meta set epoch = epoch + 1');
    await expect(createMap(engine, 'a')).rejects.toThrow('the write may or may not have been stored');
    expect(lost).toBeInstanceOf(WriterLost);
    await expect(mapsOf(engine)).rejects.toThrow('another process is the writer');
    await engine.close();
  });

  it('tells a writer that writes nothing, too', async () => {
    const url = await newDatabase();
    const log = postgresLog(options(url));
    await log.open();
    const lost = new Promise<Error>((resolve) => log.onInterrupted?.(resolve));
    await admin(url, 'update kube_api.meta set epoch = epoch + 1');
    expect(await lost).toBeInstanceOf(WriterLost);
    await log.close();
  });

  it('takes over tables of earlier releases, which had columns more', async () => {
    const url = await newDatabase();
    const first = postgresLog(options(url));
    await first.open();
    await first.append([put(1, 'a'), put(2, 'b')]);
    await first.close();
    await admin(url, "alter table kube_api.obj add column uid text not null default ''");
    await admin(url, 'alter table kube_api.obj alter column uid drop default');
    await admin(url, 'alter table kube_api.log add column prev text');
    await admin(
      url,
      'insert into kube_api.obj (res, ns, name, rv, uid, value) select res, ns, name, rv, name, value from kube_api.log',
    );
    const second = postgresLog(options(url));
    await second.open();
    await second.append([gone(3, 'a', anObject('a', 1)), put(4, 'c')]);
    await second.compact(4, new Map());
    await second.close();
    const third = postgresLog(options(url));
    expect((await third.open()).objects.map(({ object }) => object.metadata.name).sort()).toEqual(['b', 'c']);
    await third.close();
  });

  it('stands by for as long as another writes', async () => {
    const url = await newDatabase();
    const first = postgresLog(options(url));
    await first.open();
    const standby = postgresLog({ ...options(url, 0), standby: true });
    const opening = standby.open();
    await sleep(systemClock, 600);
    await first.append([put(1, 'a')]);
    await first.close();
    expect((await opening).revision).toBe(1);
    await standby.close();
  });

  it('hands over when a writer is killed: all it acknowledged is there', async () => {
    const url = await newDatabase();
    const log = postgresLog(options(url));
    // A process that is dead does not hear that its connection has ended, and opens no other.
    const killed = await anEngine({
      open: () => log.open(),
      append: (entries) => log.append(entries),
      compact: (revision, floors) => log.compact(revision, floors),
      close: () => log.close(),
    });
    await Promise.all(Array.from({ length: 50 }, (_, i) => createMap(killed, `m${i}`)));
    const opening = anEngine(postgresLog(options(url)));
    // What the kernel does for a process that is killed: its connection ends. Writers of other databases hold locks too.
    const { rows } = await admin(
      url,
      "select pg_terminate_backend(pid) as ended from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())",
    );
    expect(rows).toEqual([{ ended: true }]);
    const next = await opening;
    expect(await mapsOf(next)).toHaveLength(50);
    await Promise.all([next.close(), killed.close()]);
  });

  it('loses no acknowledged write and repeats no revision when PostgreSQL crashes under load', async () => {
    const url = await newDatabase();
    const engine = await anEngine(postgresLog(options(url)));
    const acknowledged: Stored[] = [];
    let failures = 0;
    let ends = false;
    const writer = async (w: number): Promise<void> => {
      for (let i = 0; !ends; i++) {
        await createMap(engine, `w${w}-${i}`).then(
          (made) => acknowledged.push(made),
          async () => {
            failures += 1;
            await sleep(systemClock, 50);
          },
        );
      }
    };
    const writers = Array.from({ length: 16 }, (_, w) => writer(w));
    await sleep(systemClock, 400);
    await postgres.restart('immediate');
    const before = acknowledged.length;
    for (let waited = 0; acknowledged.length < before + 100 && waited < 100; waited++) await sleep(systemClock, 100);
    ends = true;
    await Promise.all(writers);
    expect(failures).toBeGreaterThan(0);
    expect(acknowledged.length).toBeGreaterThan(before);
    expect(new Set(acknowledged.map(({ metadata }) => metadata.resourceVersion)).size).toBe(acknowledged.length);
    await engine.close();
    const store = await Store.open({ log: postgresLog(options(url)), clock: systemClock, logger: silentLog });
    const present = new Map(
      store
        .view('configmaps')
        .list('default')
        .map(({ metadata }) => [metadata.name, metadata.resourceVersion]),
    );
    expect(acknowledged.filter(({ metadata }) => present.get(metadata.name) !== metadata.resourceVersion)).toEqual([]);
    await store.close();
  });

  it('notices a crash without being asked, and loads again', async () => {
    const url = await newDatabase();
    const engine = await anEngine(postgresLog(options(url)));
    await createMap(engine, 'a');
    await postgres.restart('immediate');
    for (let waited = 0; !engine.registry.store.isReady && waited < 100; waited++) await sleep(systemClock, 100);
    expect((await createMap(engine, 'b')).metadata.name).toBe('b');
    expect(await mapsOf(engine)).toEqual(['a', 'b']);
    await engine.close();
  });
});
