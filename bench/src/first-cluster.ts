import { eventually, type Installation } from '@keelson/e2e';
import { systemClock } from '@keelson/std';
import { rounded, usageOf, usedBetween } from './processes.js';
import { report, say } from './report.js';
import { inInstallation, timed } from './stand.js';

interface Machines {
  readonly items: readonly { readonly status?: { readonly providerStatus?: { readonly status?: string } } }[];
}

const machines = 6;
/** Full speed: every duration of the lab passes at once. */
const labSpeed = '100000';

/** The example from `kubectl apply` to six Ready machines. */
await report('first-cluster', () =>
  inInstallation(async (here) => {
    say('starting');
    await timed(here, 'up', '--lab-speed', labSpeed, '--ready-timeout', '300');
    const before = { processes: usageOf(here.processes()), revision: await revisionOf(here) };
    const begun = systemClock.now();
    await here.must('apply', '-f', here.example);
    const appliedSeconds = (systemClock.now() - begun) / 1000;
    say('applied; waiting for six Ready machines');
    await eventually(
      'six machines Ready',
      600,
      () => here.json<Machines>('-n', 'demo', 'get', 'machines'),
      ({ items }) =>
        items.length === machines && items.every((item) => item.status?.providerStatus?.status === 'Ready'),
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${here.logs()}`);
    });
    const wallSeconds = (systemClock.now() - begun) / 1000;
    const processes = usedBetween(before.processes, usageOf(here.processes()));
    const writes = (await revisionOf(here)) - before.revision;
    return {
      servers: machines,
      wallSeconds: rounded(wallSeconds),
      appliedSeconds: rounded(appliedSeconds),
      cpuSeconds: rounded(Object.values(processes).reduce((total, usage) => total + usage.cpuSeconds, 0)),
      peakRssMiB: Object.values(processes).reduce((total, usage) => total + usage.peakRssMiB, 0),
      apiWrites: writes,
      apiWritesPerHost: rounded(writes / machines),
      processes,
    };
  }),
);

/** The API's counter of writes: every write of any object takes the next resourceVersion. */
async function revisionOf(here: Installation): Promise<number> {
  const list = JSON.parse(await here.must('get', '--raw', '/api/v1/namespaces?limit=1')) as {
    metadata: { resourceVersion: string };
  };
  return Number(list.metadata.resourceVersion);
}
