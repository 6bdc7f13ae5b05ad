import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Bus, ensureStreams, natsBus } from '@keelson/bus';
import {
  type ConsumerDefinition,
  deadLetterStream,
  defineNews,
  type StreamDefinition,
  type Transition,
  TransitionSchema,
} from '@keelson/contracts';
import { silentLog, sleep, systemClock, systemRandom } from '@keelson/std';
import { databaseName, type PostgresRecords, postgresRecords, provisionDatabase, serviceUrl } from '@keelson/store';
import { startNats } from '@keelson/testing/nats';
import { startPostgres } from '@keelson/testing/postgres';
import { rounded, usageOf } from './processes.js';
import { report, say } from './report.js';

/**
 * News from one service to another as they go in an installation: written with their outbox in PostgreSQL by the first,
 * sent to JetStream, and written by their id in PostgreSQL by the second, so that a repeat leaves no trace. Both databases
 * sync every commit; all of it runs in this process, against servers of its own.
 */
const { values } = parseArgs({
  options: { events: { type: 'string', default: '10000' }, batches: { type: 'string', default: '1,10,100' } },
});
const events = Number(values.events);
/** One of so many is told twice: its sender was killed between sending and noting it. */
const repeatedEvery = 20;

const news = defineNews({ subject: 'bench.thing.moved', description: 'A thing moved.', schema: TransitionSchema });
const streams: StreamDefinition[] = [
  {
    name: 'BENCH',
    subjects: [news.subject],
    maxAgeSeconds: 3600,
    maxBytes: 256 * 1024 ** 2,
    duplicateWindowSeconds: 1,
  },
  deadLetterStream,
];
const consumers: ConsumerDefinition[] = [
  { durable: 'hear', service: 'hearer', stream: 'BENCH', news, ackWaitSeconds: 30, maxDeliver: 5, maxAckPending: 64 },
];

interface Way {
  readonly teller: PostgresRecords;
  readonly hearer: PostgresRecords;
  readonly server: string;
}

/** One run: everything is written in transactions of `batch` news, and sent and heard meanwhile. */
async function run({ teller, hearer, server }: Way, batch: number): Promise<object> {
  const [sender, receiver] = [await busOf(server, 'teller'), await busOf(server, 'hearer')];
  const heard = new Set<string>();
  let deliveries = 0;
  const subscription = await receiver.consume(news, 'hear', async (transition) => {
    await hearer.append([{ transition }]);
    deliveries += 1;
    heard.add(transition.id);
  });
  const used = cpuSeconds();
  const begun = performance.now();
  const writing = { isOver: false };
  const [writtenSeconds] = await Promise.all([written(teller, batch, writing), sent(teller, sender, writing)]);
  while (heard.size < events) await sleep(systemClock, 5);
  const seconds = (performance.now() - begun) / 1000;
  const now = cpuSeconds();
  await subscription.stop();
  await Promise.all([sender.close(), receiver.close()]);
  const sql = 'select count(*) from transition where uid like $1';
  const rows = await hearer.source.query<{ count: string }[]>(sql, [`${batch}-%`]);
  return {
    perSecond: Math.round(events / seconds),
    writtenPerSecond: Math.round(events / writtenSeconds),
    deliveries,
    rowsAtTheHearer: Number(rows[0]?.count),
    cpuMsOfServices: rounded(((now.own - used.own) * 1000) / events),
    cpuMsWithServers: rounded(((now.all - used.all) * 1000) / events),
  };
}

function busOf(server: string, service: string): ReturnType<typeof natsBus> {
  return natsBus({ servers: server, service, clock: systemClock, random: systemRandom, log: silentLog, consumers });
}

/** Writes everything; how many seconds that took. */
async function written(teller: PostgresRecords, batch: number, writing: { isOver: boolean }): Promise<number> {
  const begun = performance.now();
  for (let at = 0; at < events; at += batch)
    await teller.append(
      Array.from({ length: Math.min(batch, events - at) }, (_, i) => ({
        transition: moved(batch, at + i),
        subject: news.subject,
      })),
    );
  writing.isOver = true;
  return (performance.now() - begun) / 1000;
}

/** Sends what is in the outbox until all is written and sent; some of it twice. */
async function sent(teller: PostgresRecords, sender: Bus, writing: { readonly isOver: boolean }): Promise<void> {
  let count = 0;
  for (;;) {
    const isLast = writing.isOver;
    const now = await teller.drainOutbox(100, async ({ id, payload }) => {
      const transition = TransitionSchema.parse(payload);
      await sender.publish(news, transition, { id });
      if ((count += 1) % repeatedEvery === 0) await sender.publish(news, transition, { id: `${id}/again` });
    });
    if (now > 0) continue;
    if (isLast) return;
    await sleep(systemClock, 5);
  }
}

/** CPU seconds since the start: of this process, and with PostgreSQL and NATS, which are its children. */
function cpuSeconds(): { readonly own: number; readonly all: number } {
  const { user, system } = process.cpuUsage();
  const all = usageOf(new Map([['all', process.pid]]))['all']?.cpuSeconds ?? 0;
  return { own: (user + system) / 1e6, all };
}

function moved(batch: number, n: number): Transition {
  const uid = `${batch}-${n % 500}`;
  return {
    id: `${uid}/${n}`,
    kind: 'Thing',
    namespace: 'demo',
    name: `thing-${n % 500}`,
    uid,
    from: 'Ready',
    to: 'Moved',
    at: new Date(systemClock.now()).toISOString(),
    why: 'it was moved for the bench, which is as long a reason as most',
  };
}

async function recordsOf(adminUrl: string, service: string): Promise<PostgresRecords> {
  const user = { service, password: 'bench' };
  const records = await postgresRecords({
    url: serviceUrl(adminUrl, user),
    schema: databaseName(service),
    service,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  });
  await records.ping();
  return records;
}

await report('events', async () => {
  const [nats, postgres] = await Promise.all([startNats(), startPostgres({ durable: true })]);
  try {
    const users = ['teller', 'hearer'].map((service) => ({ service, password: 'bench' }));
    await provisionDatabase(postgres.adminUrl, users);
    await ensureStreams({ servers: nats.server }, { streams, consumers });
    const teller = await recordsOf(postgres.adminUrl, 'teller');
    const hearer = await recordsOf(postgres.adminUrl, 'hearer');
    const byNewsInATransaction: Record<string, object> = {};
    for (const batch of values.batches.split(',').map(Number)) {
      say(`${events} news, ${batch} a transaction`);
      byNewsInATransaction[batch] = await run({ teller, hearer, server: nats.server }, batch);
    }
    await Promise.all([teller.close(), hearer.close()]);
    return { events, repeatedEvery, byNewsInATransaction, loadAverage: rounded(loadavg()[0] ?? 0) };
  } finally {
    await Promise.all([nats.stop(), postgres.stop()]);
  }
});
