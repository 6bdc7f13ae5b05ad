import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Transition } from '@keelson/contracts';
import {
  createAuthority,
  Failure,
  issueCertificate,
  type Log,
  silentLog,
  sleep,
  systemClock,
  systemRandom,
  terminal,
  transient,
} from '@keelson/std';
import { lackOfPostgres, startPostgres, type ThrowawayPostgres } from '@keelson/testing/postgres';
import pg from 'pg';
import { EntitySchema, type MigrationInterface, type QueryRunner } from 'typeorm';
import {
  databaseName,
  memoryRecords,
  type OutboxMessage,
  type PostgresRecords,
  type PostgresRecordsOptions,
  postgresRecords,
  provisionDatabase,
  type Records,
  serviceUrl,
} from './index.js';

interface Harness {
  readonly records: Records;
  /** A second instance of the same service. */
  readonly other: Records;
  close(): Promise<void>;
}

const start = Date.UTC(2026, 0, 1);

/** A transition of the object `name` at the n-th second. */
function step(name: string, n: number, more: Partial<Transition> = {}): Transition {
  const uid = more.uid ?? `${name}-uid`;
  return {
    id: `${uid}/${n}`,
    kind: 'Thing',
    namespace: 'demo',
    name,
    uid,
    from: `s${n - 1}`,
    to: `s${n}`,
    at: new Date(start + n * 1000 + 7).toISOString(),
    why: `because ${n}`,
    ...more,
  };
}

const failureOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'it worked',
    (error: unknown) => (error instanceof Failure ? { sort: error.sort, reason: error.reason } : error),
  );

async function drained(records: Records, limit = 100): Promise<OutboxMessage[]> {
  const sent: OutboxMessage[] = [];
  await records.drainOutbox(limit, async (message) => void sent.push(message));
  return sent;
}

function recordsContract(name: string, lack: string | undefined, make: () => Promise<Harness>): void {
  (lack === undefined ? describe : describe.skip)(`records: ${name}`, () => {
    let harness: Harness;
    let records: Records;
    beforeAll(async () => {
      harness = await make();
      records = harness.records;
    });
    beforeEach(async () => {
      await drained(records, 10_000);
    });
    afterAll(async () => {
      await harness.close();
    });

    it('gives back the history of an object, oldest first, as it was given', async () => {
      const steps = [1, 2, 3].map((n) => step('history', n));
      await records.append(
        [steps[0], steps[2], steps[1]].flatMap((transition) => (transition === undefined ? [] : [{ transition }])),
      );
      await records.append([
        { transition: step('other', 1) },
        { transition: step('history', 9, { kind: 'Else', uid: 'else' }) },
      ]);
      expect(await records.history({ kind: 'Thing', namespace: 'demo', name: 'history' })).toEqual(steps);
    });

    it('keeps namespaces and cluster-scoped objects apart', async () => {
      const { namespace: _, ...cluster } = step('scoped', 1, { uid: 'cluster-uid' });
      await records.append([{ transition: cluster }, { transition: step('scoped', 1) }]);
      expect(await records.history({ kind: 'Thing', name: 'scoped' })).toEqual([cluster]);
      expect(await records.history({ kind: 'Thing', namespace: 'demo', name: 'scoped' })).toEqual([step('scoped', 1)]);
    });

    it('shows the newest rows when there are more than asked for, also of an object made anew', async () => {
      await records.append([1, 2].map((n) => ({ transition: step('anew', n, { uid: 'first' }) })));
      await records.append([3, 4].map((n) => ({ transition: step('anew', n, { uid: 'second' }) })));
      expect(
        (await records.history({ kind: 'Thing', namespace: 'demo', name: 'anew', limit: 3 })).map(({ id }) => id),
      ).toEqual(['first/2', 'second/3', 'second/4']);
    });

    it('appends twice as once', async () => {
      const entries = [1, 2].map((n) => ({ transition: step('twice', n), subject: 'thing.moved' }));
      await records.append(entries);
      expect(await drained(records)).toHaveLength(2);
      await Promise.all([
        records.append([...entries, { transition: step('twice', 3), subject: 'thing.moved' }]),
        harness.other.append(entries),
      ]);
      expect((await records.history({ kind: 'Thing', namespace: 'demo', name: 'twice' })).map(({ to }) => to)).toEqual([
        's1',
        's2',
        's3',
      ]);
      expect((await drained(records)).map(({ id }) => id)).toEqual(['twice-uid/3']);
    });

    it('takes the same id twice in one call', async () => {
      const entry = { transition: step('same', 1), subject: 'thing.moved' };
      await records.append([entry, entry]);
      expect(await drained(records)).toHaveLength(1);
    });

    it('knows the latest state of every object of a kind', async () => {
      const of = (name: string, n: number, to: string): { transition: Transition } => ({
        transition: step(name, n, { kind: 'Last', to }),
      });
      const { namespace: _, ...wide } = step('wide', 1);
      await records.append([
        of('a', 1, 'new'),
        of('a', 2, 'ready'),
        of('b', 1, 'new'),
        of('gone', 1, 'new'),
        of('gone', 2, ''),
        { transition: { ...wide, kind: 'Last', to: 'new' } },
      ]);
      expect(await records.lastStates('Last')).toEqual(
        new Map([
          ['a-uid', { namespace: 'demo', name: 'a', state: 'ready' }],
          ['b-uid', { namespace: 'demo', name: 'b', state: 'new' }],
          ['gone-uid', { namespace: 'demo', name: 'gone', state: '' }],
          ['wide-uid', { name: 'wide', state: 'new' }],
        ]),
      );
      expect(await records.lastStates('Nothing')).toEqual(new Map());
    });

    it('sends the news that has a subject, in order, once', async () => {
      await records.append([
        { transition: step('news', 1), subject: 'thing.made' },
        { transition: step('news', 2) },
        { transition: step('news', 3), subject: 'thing.broken' },
      ]);
      expect(await drained(records)).toEqual([
        { id: 'news-uid/1', subject: 'thing.made', payload: step('news', 1) },
        { id: 'news-uid/3', subject: 'thing.broken', payload: step('news', 3) },
      ]);
      expect(await drained(records)).toEqual([]);
    });

    it('takes no more than the limit', async () => {
      await records.append([1, 2, 3].map((n) => ({ transition: step('limit', n), subject: 'thing.made' })));
      expect(await drained(records, 2)).toHaveLength(2);
      expect(await drained(records, 2)).toHaveLength(1);
    });

    it('sends again what failed in passing, and with it what came after', async () => {
      await records.append([1, 2, 3].map((n) => ({ transition: step('fail', n), subject: 'thing.made' })));
      const tried: string[] = [];
      const count = await records.drainOutbox(10, async ({ id }) => {
        tried.push(id);
        if (id === 'fail-uid/2') throw transient('the bus is away');
      });
      expect([count, tried]).toEqual([1, ['fail-uid/1', 'fail-uid/2']]);
      expect((await drained(records)).map(({ id }) => id)).toEqual(['fail-uid/2', 'fail-uid/3']);
    });

    it('sets aside what can never be sent', async () => {
      await records.append([1, 2].map((n) => ({ transition: step('refused', n), subject: 'thing.made' })));
      const count = await records.drainOutbox(10, async ({ id }) => {
        if (id === 'refused-uid/1') throw terminal('it does not fit its schema');
      });
      expect([count, await drained(records)]).toEqual([1, []]);
    });

    it('gives a message to one of two that drain at once', async () => {
      await records.append(
        Array.from({ length: 20 }, (_, n) => ({ transition: step('share', n), subject: 'thing.made' })),
      );
      const seen: string[] = [];
      const slow = async ({ id }: OutboxMessage): Promise<void> => {
        seen.push(id);
        await sleep(systemClock, 5);
      };
      const counts = await Promise.all([records.drainOutbox(10, slow), harness.other.drainOutbox(10, slow)]);
      expect([counts, new Set(seen).size]).toEqual([[10, 10], 20]);
    });

    it('appends many at once', async () => {
      await records.append(
        Array.from({ length: 2_500 }, (_, n) => ({
          transition: step('many', n, { uid: `many-${n}` }),
          subject: 'thing.made',
        })),
      );
      expect(await records.history({ kind: 'Thing', namespace: 'demo', name: 'many' })).toHaveLength(1000);
      expect((await drained(records, 10_000)).length).toBe(2_500);
    });
  });
}

recordsContract('memory', undefined, async () => {
  const records = memoryRecords();
  return { records, other: records, close: () => records.close() };
});

const user = { service: 'thing-svc', password: "it's /secret?" };

function options(server: ThrowawayPostgres, more: Partial<PostgresRecordsOptions> = {}): PostgresRecordsOptions {
  return {
    url: serviceUrl(server.adminUrl, user),
    schema: databaseName(user.service),
    service: user.service,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    ...more,
  };
}

recordsContract('PostgreSQL', lackOfPostgres(), async () => {
  const server = await startPostgres();
  await provisionDatabase(server.adminUrl, [user]);
  const [records, other] = await Promise.all([postgresRecords(options(server)), postgresRecords(options(server))]);
  await Promise.all([opened(records), opened(other)]);
  return {
    records,
    other,
    close: async () => {
      await Promise.all([records.close(), other.close()]);
      await server.stop();
    },
  };
});

async function opened(records: PostgresRecords, timeoutMs = 15_000): Promise<void> {
  for (const end = systemClock.now() + timeoutMs; ; await sleep(systemClock, 20)) {
    try {
      return await records.ping();
    } catch (error) {
      if (systemClock.now() > end) throw error;
    }
  }
}

interface Note {
  id: number;
  text: string;
}

const NoteTable = new EntitySchema<Note>({
  name: 'note',
  columns: { id: { type: 'int', primary: true, generated: 'increment' }, text: { type: 'text' } },
});

class Notes1710000000000 implements MigrationInterface {
  readonly name = 'Notes1710000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table note (id serial primary key, text text not null)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table note');
  }
}

class Broken1720000000000 implements MigrationInterface {
  readonly name = 'Broken1720000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table broken (id nonsense)');
  }

  async down(): Promise<void> {}
}

(lackOfPostgres() === undefined ? describe : describe.skip)('PostgreSQL beyond the contract', () => {
  let server: ThrowawayPostgres;
  beforeAll(async () => {
    server = await startPostgres();
    await provisionDatabase(server.adminUrl, [user, { service: 'other-svc', password: 'other' }]);
  });
  afterAll(async () => {
    await server.stop();
  });

  it('survives a crash of the server', async () => {
    const records = await postgresRecords(options(server));
    await records.append([{ transition: step('crash', 1), subject: 'thing.made' }]);
    await server.halt('immediate');
    expect(await failureOf(records.append([{ transition: step('crash', 2) }]))).toEqual({
      sort: 'transient',
      reason: 'PostgresUnreachable',
    });
    await server.start();
    await opened(records);
    await records.append([{ transition: step('crash', 1), subject: 'thing.made' }, { transition: step('crash', 2) }]);
    expect((await records.history({ kind: 'Thing', namespace: 'demo', name: 'crash' })).map(({ to }) => to)).toEqual([
      's1',
      's2',
    ]);
    await records.close();
  });

  it('loses nothing of the outbox when the server dies while it is drained', async () => {
    const records = await postgresRecords(options(server));
    await drained(records, 1000);
    await records.append([1, 2].map((n) => ({ transition: step('midway', n), subject: 'thing.made' })));
    const interrupted = records.drainOutbox(10, async () => {
      await server.halt('immediate');
    });
    expect(await failureOf(interrupted)).toMatchObject({ sort: 'transient' });
    await server.start();
    await opened(records);
    expect((await drained(records)).map(({ id }) => id)).toEqual(['midway-uid/1', 'midway-uid/2']);
    await records.close();
  });

  it('starts without a server, and works once there is one', async () => {
    await server.halt();
    const records = await postgresRecords(options(server));
    expect(await failureOf(records.ping())).toEqual({ sort: 'transient', reason: 'NotConnected' });
    await server.start();
    await opened(records);
    await records.append([{ transition: step('early', 1) }]);
    await records.close();
  });

  it('has room for tables of the service', async () => {
    const records = await postgresRecords(options(server, { entities: [NoteTable], migrations: [Notes1710000000000] }));
    await records.source.getRepository(NoteTable).save({ text: 'hello' });
    expect(await records.source.getRepository(NoteTable).find()).toEqual([{ id: 1, text: 'hello' }]);
    await records.close();
  });

  it('refuses to start on a migration that fails, and lets the next one in', async () => {
    expect(await failureOf(postgresRecords(options(server, { migrations: [Broken1720000000000] })))).toEqual({
      sort: 'terminal',
      reason: 'RecordsRefused',
    });
    const records = await postgresRecords(options(server));
    await records.ping();
    await records.close();
  });

  it('gives each service a schema that others cannot see', async () => {
    const records = await postgresRecords(options(server));
    await records.append([{ transition: step('private', 1) }]);
    const stranger = new pg.Client({
      connectionString: serviceUrl(server.adminUrl, { service: 'other-svc', password: 'other' }),
    });
    await stranger.connect();
    const refused: string[] = [];
    const attempts = [
      'select * from thing_svc.transition',
      'create table public.mine (id int)',
      'create schema mine',
      'create role mine',
      'create table thing_svc.mine (id int)',
      'create database mine',
    ];
    for (const attempt of attempts) await stranger.query(attempt).catch((error: Error) => refused.push(error.message));
    expect((await stranger.query('create table own (id int)')).command).toBe('CREATE');
    await stranger.end();
    await records.close();
    expect(refused.map((message) => message.replace(/ for .*/, ''))).toEqual([
      'permission denied',
      'permission denied',
      'permission denied',
      'permission denied to create role',
      'permission denied',
      'permission denied to create database',
    ]);
  });

  it('may be provisioned again, and follows a new password', async () => {
    await provisionDatabase(server.adminUrl, [{ service: 'other-svc', password: 'changed' }]);
    const connect = async (password: string): Promise<string> => {
      const client = new pg.Client({
        connectionString: serviceUrl(server.adminUrl, { service: 'other-svc', password }),
      });
      try {
        await client.connect();
        return 'in';
      } catch {
        return 'out';
      } finally {
        await client.end();
      }
    };
    expect([await connect('other'), await connect('changed')]).toEqual(['out', 'in']);
  });

  it('removes what is past its retention, but never the last state of a living object', async () => {
    const now = systemClock.now();
    const days = (n: number): string => new Date(now - n * 86_400_000).toISOString();
    const records = await postgresRecords(
      options(server, { retention: { historyDays: 30, transitionsPerObject: 3, sentNewsHours: 1 } }),
    );
    const living = [40, 35].map((age, n) => step('living', n, { at: days(age), kind: 'Old' }));
    const gone = step('gone', 2, { at: days(40), kind: 'Old', to: '' });
    const busy = [5, 4, 3, 2, 1].map((age, n) => step('busy', n, { at: days(age), kind: 'Old' }));
    await records.append([...living, gone, ...busy].map((transition) => ({ transition })));
    await records.prune();
    const rest = async (name: string): Promise<string[]> =>
      (await records.history({ kind: 'Old', namespace: 'demo', name })).map(({ to }) => to);
    expect([await rest('living'), await rest('gone'), await rest('busy')]).toEqual([['s1'], [], ['s2', 's3', 's4']]);
    await records.close();
  });

  it('speaks TLS to a server of the right authority only', async () => {
    const notBefore = systemClock.now() - 3_600_000;
    const authority = createAuthority({ commonName: 'test CA', notBefore, days: 2 });
    const tls = issueCertificate(authority, {
      commonName: 'postgres',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      notBefore,
      days: 2,
    });
    const secure = await startPostgres({ tls });
    await provisionDatabase(secure.adminUrl, [user], { ca: authority.certPem });
    const records = await postgresRecords(options(secure, { ca: authority.certPem }));
    await records.ping();
    const said: string[] = [];
    const log: Log = { ...silentLog, warn: (_message, fields) => void said.push(String(fields?.['error'])) };
    const wary = await postgresRecords(
      options(secure, { ca: createAuthority({ commonName: 'other CA', notBefore, days: 2 }).certPem, log }),
    );
    await Promise.all([records.close(), wary.close()]);
    await secure.stop();
    expect(said[0]).toContain('certificate');
  });
});
