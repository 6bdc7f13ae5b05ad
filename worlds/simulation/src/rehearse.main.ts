import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ClusterKind, type KubeObject, type ObjectKey, SecretKind } from '@keelson/api';
import { httpKubeApi, type KubeApi, serviceHttp } from '@keelson/kube';
import { isFailure, messageOf, silentLog, systemClock, systemRandom, terminal } from '@keelson/std';
import { type CloudRoom, readRoom } from './rehearse/cloud/cloud-room.js';
import { readMaintenanceOptions } from './rehearse/cloud/maintenance-options.js';
import { readInside } from './rehearse/inside.js';
import { rehearsalPage } from './rehearse/page.js';
import { rehearse } from './rehearse/rehearsal.js';
import { takeSnapshot } from './rehearse/snapshot.js';
import { rehearsalText } from './rehearse/text.js';

/** `./keelson rehearse <cluster>`. Exit code 1 when the course without faults does not come to its end. */
const { values, positionals } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    namespace: { type: 'string', short: 'n' },
    plan: { type: 'string' },
    faults: { type: 'string', default: '2' },
    compress: { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    html: { type: 'string' },
  },
  allowPositionals: true,
  strict: true,
});

const around = { clock: systemClock, random: systemRandom, log: silentLog, userAgent: 'keelson-rehearse' };

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`keelson: ${isFailure(error) ? messageOf(error) : String((error as Error).stack)}\n`);
  return 1;
});

async function main(): Promise<number> {
  const api = apiOf(readFileSync(values.kubeconfig ?? '', 'utf8'));
  const cluster = await named(api, positionals[0] ?? '', values.namespace);
  say(`takes a snapshot of ${cluster.namespace ?? ''}/${cluster.name}`);
  const saved = await takeSnapshot(api, cluster, systemClock.now());
  const read = await inside(api, cluster);
  for (const lack of read.lacks) say(lack);
  const rehearsal = await rehearse({
    saved,
    cluster,
    ...read,
    compress: Number(values.compress),
    seed: values.seed,
    withFaults: Number(values.faults),
    onCourse: (number, of) => say(`course ${number} of ${of}`),
    ...(values.plan === undefined ? {} : { plan: values.plan }),
  });
  if (values.html !== undefined) writeFileSync(values.html, rehearsalPage(rehearsal));
  process.stdout.write(values.json ? `${JSON.stringify(rehearsal)}\n` : `${rehearsalText(rehearsal)}\n`);
  if (values.html !== undefined) say(`the page is ${values.html}`);
  return rehearsal.courses[0]?.completed === true ? 0 : 1;
}

async function named(api: KubeApi, text: string, namespace: string | undefined): Promise<ObjectKey> {
  const name = text.slice(text.indexOf('/') + 1);
  const { items } = await api.list(ClusterKind, namespace === undefined ? {} : { namespace });
  const found = items.filter(({ metadata }) => metadata.name === name);
  const [only] = found;
  if (only === undefined)
    throw terminal(`there is no Cluster ${name}; there are: ${items.map(({ metadata }) => metadata.name).join(', ')}`);
  if (found.length > 1) throw terminal(`Cluster ${name} exists in several namespaces; choose with -n <namespace>`);
  return { namespace: only.metadata.namespace, name };
}

interface Inside {
  readonly inside: readonly KubeObject[];
  readonly cloud?: CloudRoom | undefined;
  readonly lacks: readonly string[];
}

/** Locks, budgets and the room of the cloud, by the kubeconfig that only this process sees. */
async function inside(api: KubeApi, { namespace, name }: ObjectKey): Promise<Inside> {
  const secret = await api.get(SecretKind, { namespace, name: `${name}-kubeconfig` }).catch(() => undefined);
  const kubeconfig = Buffer.from(secret?.data?.['value'] ?? '', 'base64').toString('utf8');
  try {
    const child = apiOf(kubeconfig);
    const own = [...(await readInside(child)), ...(await readMaintenanceOptions(child))];
    return { inside: own, ...(await cloudIn(child, kubeconfig)) };
  } catch (error) {
    const what = 'its locks, its budgets and the room of its cloud are not in this rehearsal';
    return { inside: [], lacks: [`${what}: the API of cluster ${name} does not answer: ${messageOf(error)}`] };
  }
}

async function cloudIn(child: KubeApi, kubeconfig: string): Promise<Omit<Inside, 'inside'>> {
  try {
    return { cloud: await readRoom(child, serviceHttp({ kubeconfig, ...around })), lacks: [] };
  } catch (error) {
    const what = 'instances and the room of computes are not in this rehearsal';
    return { lacks: [`${what}: the OpenStack APIs cannot be asked: ${messageOf(error)}`] };
  }
}

function apiOf(kubeconfig: string): KubeApi {
  return httpKubeApi({ kubeconfig, ...around });
}

/** Progress goes to the person, results to whoever reads them. */
function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}
