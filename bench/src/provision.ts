import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BareMetalHost, BareMetalHostKind, type KubeObject, NamespaceKind } from '@keelson/api';
import type { Installation } from '@keelson/e2e';
import { type KubeApi, httpKubeApi } from '@keelson/kube';
import { silentLog, sleep, systemClock, systemRandom } from '@keelson/std';
import { claim, fleetManifests, project } from './fleet.js';
import { latenciesOf } from './histograms.js';
import { rounded, type Usage, usageOf, usedBetween } from './processes.js';
import { report, say } from './report.js';
import { inInstallation, timed } from './stand.js';

/** Fixed device times, so that what is measured is ours: 2 s to inspect a server, 10 s to install one, nothing for the BMC's answers. */
const timings = { post: 2, installerBoot: 1, install: 7, bmcAnswer: 0, osBoot: 1, shutdown: 1 };
const restSeconds = 60;
const limitSeconds = 1800;

const { values } = parseArgs({ options: { servers: { type: 'string', default: '1000' } }, strict: true });
const servers = Number(values.servers);
process.env.KEELSON_LAB_TIMINGS = JSON.stringify(timings);

/** Many servers from apply to `provisioned`, then a minute of rest. */
await report('provision', () =>
  inInstallation(async (here) => {
    say(`starting with ${servers} servers`);
    await timed(here, 'up', '--servers', String(servers), '--lab-speed', '1', '--ready-timeout', '300');
    const api = apiOf(here);
    const before = { processes: usageOf(here.processes()), revision: await revisionOf(api) };
    const begun = systemClock.now();
    const seconds = (): number => (systemClock.now() - begun) / 1000;
    const claiming = new AbortController();
    const { before: first, hosts } = fleetManifests(servers, here.redfish);
    for (const object of first) await apply(api, object);
    const provisioned = claimAll(api, claiming.signal);
    await Promise.all(
      lanes(hosts, 16).map(async (lane) => {
        for (const object of lane) await apply(api, object);
      }),
    );
    const appliedSeconds = seconds();
    say(`applied after ${rounded(appliedSeconds)} s`);
    const times = await provisioned.until(servers, begun + limitSeconds * 1000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${here.logs()}`);
    });
    const wallSeconds = seconds();
    claiming.abort();
    const busy = usageOf(here.processes());
    const writes = (await revisionOf(api)) - before.revision;
    const latencies = await latenciesOf(here, here.baremetal);
    say(`provisioned after ${rounded(wallSeconds)} s; resting`);
    await sleep(systemClock, 15_000);
    const rest = { processes: usageOf(here.processes()), revision: await revisionOf(api) };
    await sleep(systemClock, restSeconds * 1000);
    const atRest = usedBetween(rest.processes, usageOf(here.processes()));
    return {
      servers,
      wallSeconds: rounded(wallSeconds),
      appliedSeconds: rounded(appliedSeconds),
      reachedSeconds: Object.fromEntries(
        [...times].map(([state, at]) => [state, spread(at.map((ms) => (ms - begun) / 1000))]),
      ),
      ...totals(usedBetween(before.processes, busy)),
      apiWrites: writes,
      apiWritesPerHost: rounded(writes / servers),
      apiWritesPerHostByResource: writesByResource(here),
      latencies,
      rest: {
        seconds: restSeconds,
        cpuPercentOfACore: rounded((totals(atRest).cpuSeconds / restSeconds) * 100),
        apiWrites: (await revisionOf(api)) - rest.revision,
        processes: atRest,
      },
      deviceTimes: timings,
    };
  }),
);

/** From the line of figures that the API logs each minute: what was written at least once for every other host. */
function writesByResource(here: Installation): Record<string, number> {
  const lines = readFileSync(join(here.home, 'logs', 'kube-api.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"byResource"'));
  const { byResource } = JSON.parse(lines.at(-1) ?? '{"byResource":{}}') as { byResource: Record<string, number> };
  const often = Object.entries(byResource).filter(([, count]) => count >= servers / 2);
  return Object.fromEntries(often.map(([resource, count]) => [resource, rounded(count / servers)]));
}

function apiOf(here: Installation): KubeApi {
  const kubeconfig = readFileSync(join(here.home, 'kubeconfig'), 'utf8');
  return httpKubeApi({
    kubeconfig,
    directory: here.home,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'keelson-bench',
  });
}

async function apply(api: KubeApi, object: KubeObject): Promise<void> {
  await api.apply(object, { fieldManager: 'keelson-bench', force: true });
}

/** The API's counter of writes: every write of any object takes the next resourceVersion. */
async function revisionOf(api: KubeApi): Promise<number> {
  return Number((await api.list(NamespaceKind)).resourceVersion);
}

/** Follows the hosts, gives an image to each that is available, and notes when each reaches which state. */
function claimAll(
  api: KubeApi,
  signal: AbortSignal,
): { until(count: number, deadline: number): Promise<ReadonlyMap<string, readonly number[]>> } {
  const claimed = new Set<string>();
  const done = new Set<string>();
  const seen = new Set<string>();
  const times = new Map<string, number[]>();
  let trouble: unknown;
  const see = (host: BareMetalHost): void => {
    const { name } = host.metadata;
    const state = host.status?.provisioning?.state ?? '';
    if (state !== '' && !seen.has(`${name} ${state}`)) {
      seen.add(`${name} ${state}`);
      times.set(state, [...(times.get(state) ?? []), systemClock.now()]);
    }
    if (state === 'provisioned') done.add(name);
    if (state !== 'available' || host.spec?.image !== undefined || claimed.has(name)) return;
    claimed.add(name);
    api.patch(BareMetalHostKind, { namespace: project, name }, claim(host)).catch((error: unknown) => {
      claimed.delete(name);
      trouble = error;
    });
  };
  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      const { items, resourceVersion } = await api.list(BareMetalHostKind, { namespace: project });
      items.forEach(see);
      for await (const event of api.watch(BareMetalHostKind, { namespace: project, resourceVersion, signal }))
        if (event.type !== 'BOOKMARK') see(event.object);
    }
  };
  const following = (async (): Promise<void> => {
    while (!signal.aborted) {
      await follow().catch((error: unknown) => void (trouble = error));
      await sleep(systemClock, 200);
    }
  })();
  void following;
  return {
    async until(count, deadline) {
      let told = 0;
      while (done.size < count) {
        if (systemClock.now() > deadline)
          throw new Error(
            `${done.size} of ${count} hosts are provisioned, ${claimed.size} were available; last trouble: ${String(trouble)}`,
          );
        if (done.size >= told + count / 10) say(`${(told = done.size)} of ${count} provisioned`);
        await sleep(systemClock, 100);
      }
      return times;
    },
  };
}

/** When the first, the middle and the last host got there. */
function spread(seconds: readonly number[]): { first: number; median: number; last: number } {
  const sorted = [...seconds].sort((a, b) => a - b);
  const at = (index: number): number => rounded(sorted[index] ?? 0);
  return { first: at(0), median: at(Math.floor(sorted.length / 2)), last: at(sorted.length - 1) };
}

function lanes<T>(items: readonly T[], count: number): T[][] {
  return Array.from({ length: count }, (_, lane) => items.filter((_item, i) => i % count === lane));
}

function totals(processes: Record<string, Usage>): {
  cpuSeconds: number;
  peakRssMiB: number;
  processes: Record<string, Usage>;
} {
  const all = Object.values(processes);
  return {
    cpuSeconds: rounded(all.reduce((sum, usage) => sum + usage.cpuSeconds, 0)),
    peakRssMiB: all.reduce((sum, usage) => sum + usage.peakRssMiB, 0),
    processes,
  };
}
