import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterKind, type Kind, type KubeObject, SubnetKind, UpdateAutoPauseKind, apiVersionOf } from '@keelson/api';
import type { Installation } from '@keelson/e2e';
import { type KubeApi, httpKubeApi } from '@keelson/kube';
import { silentLog, sleep, systemClock, systemRandom } from '@keelson/std';
import { rounded } from './processes.js';
import { report, say } from './report.js';
import { inInstallation, timed } from './stand.js';

const namespace = 'recovery';
const rounds = 3;
const limitMs = 120_000;

/** A part that is killed, and the object whose status shows the next action: that of its own service, else of baremetal-svc. */
interface Part {
  readonly name: string;
  readonly kind: Kind;
  readonly spec: object;
}

const subnet = { kind: SubnetKind, spec: { cidr: '192.0.2.0/24', includeRanges: ['192.0.2.10-192.0.2.20'] } };
const parts: readonly Part[] = [
  { name: 'baremetal-svc', ...subnet },
  { name: 'lifecycle-svc', kind: ClusterKind, spec: clusterSpec() },
  { name: 'release-svc', kind: UpdateAutoPauseKind, spec: { alerts: ['NovaServiceDown'] } },
  { name: 'kube-api', ...subnet },
  { name: 'nats', ...subnet },
  { name: 'postgres', ...subnet },
];

/** Each part is killed with -9, and an object is applied as soon as the API takes it: seconds from the kill to its first status. */
await report('recovery', () =>
  inInstallation(async (here) => {
    say('starting, each service in a process of its own');
    await timed(here, 'up', '--processes', '--ready-timeout', '300');
    await here.must('create', 'namespace', namespace);
    const api = apiOf(here);
    const seconds: Record<string, { readonly median: number; readonly worst: number }> = {};
    for (const part of parts) {
      const times: number[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        say(`${part.name}, kill ${round} of ${rounds}`);
        times.push(await afterKill(here, api, part, `${part.name}-${round}`));
        await timed(here, 'up', '--processes', '--ready-timeout', '120');
      }
      const sorted = times.sort((a, b) => a - b);
      seconds[part.name] = { median: rounded(sorted[1] ?? 0), worst: rounded(sorted.at(-1) ?? 0) };
    }
    return { rounds, secondsToNextAction: seconds };
  }),
);

async function afterKill(
  here: Installation,
  api: KubeApi,
  { name: part, kind, spec }: Part,
  name: string,
): Promise<number> {
  const pid = here.processes().get(part);
  if (pid === undefined) throw new Error(`${part} does not run`);
  const object = Object.assign(
    { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name, namespace } },
    { spec },
  );
  const killed = systemClock.now();
  process.kill(pid, 'SIGKILL');
  await until(`${kind.kind} ${name} taken`, killed, () => isTaken(api, object));
  await until(`${kind.kind} ${name} acted upon`, killed, async () =>
    hasStatus(await api.get(kind, { namespace, name })),
  );
  return (systemClock.now() - killed) / 1000;
}

async function isTaken(api: KubeApi, object: KubeObject): Promise<boolean> {
  await api.apply(object, { fieldManager: 'bench', force: true });
  return true;
}

function hasStatus(object: KubeObject | undefined): boolean {
  return object !== undefined && 'status' in object && JSON.stringify(object.status ?? {}) !== '{}';
}

/** While the API is away its answers are errors, and tried again. */
async function until(what: string, since: number, holds: () => Promise<boolean>): Promise<void> {
  let last = '';
  while (systemClock.now() - since < limitMs) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = String(error);
    }
    await sleep(systemClock, 20);
  }
  throw new Error(`not within ${limitMs / 1000} s of the kill: ${what}; ${last}`);
}

function apiOf({ home }: Installation): KubeApi {
  return httpKubeApi({
    kubeconfig: readFileSync(join(home, 'kubeconfig'), 'utf8'),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'keelson-bench',
  });
}

function clusterSpec(): object {
  return {
    clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
    providerSpec: { value: { release: 'mosk-21-1-0-26-1' } },
  };
}
