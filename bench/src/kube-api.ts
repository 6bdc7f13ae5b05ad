import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { ApiClient } from '@keelson/e2e';
import { sleep, systemClock } from '@keelson/std';
import { bystander, type Contender, embedded, type Look, reference } from './kube-api/contenders.js';
import { collection, definition, Parts, quantiles, Watches } from './kube-api/load.js';
import { storage } from './kube-api/storage.js';
import { rounded, usageOf } from './processes.js';
import { report, say } from './report.js';

const objects = 10_000;
const seconds = 6;

/** The embedded Kubernetes API, and a real one beside it where it is given: writes, watches, lists, memory. */
await report('kube-api', async () => {
  say('storage alone: 1, 16 and 64 entries a commit');
  const storageEntriesPerSecond = await storage([1, 16, 64]);
  const idle = await bystander();
  const ours = await measured('embedded', embedded);
  const { stall } = await idle.look();
  const theirs = await measured('reference', reference);
  await idle.close();
  const shown = theirs === undefined ? {} : { reference: theirs };
  return { objects, storageEntriesPerSecond, embedded: ours, idleStallMs: stall, ...shown };
});

async function measured(name: string, open: () => Promise<Contender | undefined>): Promise<object | undefined> {
  const contender = await open();
  if (contender === undefined) return undefined;
  try {
    return await measure(name, contender);
  } finally {
    await contender.close();
  }
}

async function measure(name: string, contender: Contender): Promise<object> {
  const { client } = contender;
  await client.must('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  while ((await client.send('GET', collection)).code !== 200) await sleep(systemClock, 100);
  const parts = new Parts(client);
  await parts.fill(200, 16);
  const before = await contender.look();

  say(`${name}: creating ${objects} objects`);
  const fillSeconds = await parts.fill(objects, 16);
  const filled = await contender.look();
  say(`${name}: listing`);
  const lists = await listing(client);
  const listed = await contender.look();
  const writes: Record<string, object> = {};
  for (const writers of [1, 16, 64]) {
    say(`${name}: ${writers} writers, 10 watches`);
    writes[writers] = await writing(contender, parts, { writers, watches: 10 });
  }
  say(`${name}: 100 watches, 100 writes/s`);
  const paced = await writing(contender, parts, { writers: 16, watches: 100, perSecond: 100 });
  const after = await contender.look();
  return {
    loadAverage: rounded(loadavg()[0] ?? 0),
    createsPerSecond: Math.round((objects - 200) / fillSeconds),
    lists,
    writes,
    paced100: paced,
    memory: { ...memory(before, filled, listed, after), ...peaks(contender) },
    ...(listed === undefined ? {} : { stallWhileListing: listed.stall }),
  };
}

/** Lists of everything: whole, for the first time and again, and in pages. */
async function listing(client: ApiClient): Promise<object> {
  const timed = async (ask: () => Promise<number>): Promise<{ ms: number; bytes: number }> => {
    const begun = performance.now();
    const bytes = await ask();
    return { ms: Math.round(performance.now() - begun), bytes };
  };
  const whole = async (): Promise<number> => (await client.send('GET', collection)).text.length;
  const pages = async (): Promise<number> => {
    let bytes = 0;
    for (let token = ''; ;) {
      const { text } = await client.send('GET', `${collection}?limit=500&continue=${token}`);
      bytes += text.length;
      token = (JSON.parse(text) as { metadata: { continue?: string } }).metadata.continue ?? '';
      if (token === '') return bytes;
    }
  };
  const first = await timed(whole);
  return { firstMs: first.ms, againMs: (await timed(whole)).ms, pagedMs: (await timed(pages)).ms, bytes: first.bytes };
}

interface Pressure {
  readonly writers: number;
  readonly watches: number;
  readonly perSecond?: number;
}

async function writing(contender: Contender, parts: Parts, { writers, watches, perSecond }: Pressure): Promise<object> {
  const watching = new Watches(contender.client);
  await watching.open(watches);
  await contender.look();
  const cpuBefore = cpuOf(contender);
  const begun = performance.now();
  const took = await parts.change(writers, seconds, perSecond);
  const perSecondDone = Math.round((took.length * 1000) / (performance.now() - begun));
  await sleep(systemClock, 1000);
  const cpuMs = (cpuOf(contender) - cpuBefore) * 1000;
  const look = await contender.look();
  await watching.close();
  return {
    writesPerSecond: perSecondDone,
    cpuMsPerWrite: rounded(cpuMs / took.length),
    writeMs: quantiles(took),
    watchMs: quantiles(watching.latencies),
    events: watching.latencies.length,
    expected: took.length * watches,
    ...(look === undefined ? {} : { stallMs: look.stall }),
  };
}

/** CPU seconds of the server and its database so far: unlike those of a clock, they do not grow with the load of the machine. */
function cpuOf({ pids }: Contender): number {
  return Object.values(usageOf(pids)).reduce((total, { cpuSeconds }) => total + cpuSeconds, 0);
}

/** Bytes for each object: as stored, when lists have shown it, and when watches remember tens of thousands of changes. */
function memory(...looks: readonly (Look | undefined)[]): object {
  const [before, filled, listed, after] = looks;
  if (before === undefined || filled === undefined || listed === undefined || after === undefined) return {};
  const each = (look: Look, count: number): number =>
    Math.round((look.heapUsed + look.external - before.heapUsed - before.external) / count);
  return {
    heapBytesPerObject: each(filled, objects - 200),
    heapBytesPerObjectListed: each(listed, objects - 200),
    heapMiBAtEnd: Math.round((after.heapUsed + after.external) / 1024 ** 2),
    rssMiBAtEnd: Math.round(after.rss / 1024 ** 2),
  };
}

function peaks({ pids }: Contender): object {
  const usage = usageOf(pids);
  return Object.fromEntries(
    Object.entries(usage).flatMap(([name, { peakRssMiB, cpuSeconds }]) => [
      [`${name}PeakRssMiB`, peakRssMiB],
      [`${name}CpuSeconds`, rounded(cpuSeconds)],
    ]),
  );
}
