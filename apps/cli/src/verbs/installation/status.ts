import type { BareMetalHost, Cluster, KubeObject, Machine, Progress } from '@keelson/api';
import { BareMetalHostKind, ClusterKind, MachineKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { systemClock } from '@keelson/std';
import { kubeApiHere } from '../../embedded/credentials/access.js';
import { layoutHere } from '../../embedded/layout.js';
import { isRunning, readState } from '../../embedded/supervision/supervisor.js';
import type { SupervisorState } from '../../embedded/supervision/component.js';
import { bold, dim, green, red, spanText, table, yellow } from '../../screen/style.js';
import type { Verb } from '../verb.js';

export const status: Verb = {
  name: 'status',
  summary: 'one readable picture: the parts, servers, clusters, machines, and what waits for what',
  usage: [],
  async run() {
    const layout = layoutHere();
    const state = readState(layout);
    if (!isRunning(state)) {
      process.stdout.write('not running; start with ./keelson up\n');
      return 1;
    }
    process.stdout.write(`${partsText(state)}\n`);
    if (state.components.some((component) => component.name === 'kube-api' && component.state !== 'ready')) return 1;
    const picture = await observe(kubeApiHere(layout));
    process.stdout.write(`\n${pictureText(picture, systemClock.now())}\n`);
    return 0;
  },
};

/** What the picture is drawn from: three lists, read once. */
export interface Picture {
  readonly hosts: readonly BareMetalHost[];
  readonly clusters: readonly Cluster[];
  readonly machines: readonly Machine[];
}

async function observe(api: KubeApi): Promise<Picture> {
  const [hosts, clusters, machines] = await Promise.all([
    api.list(BareMetalHostKind),
    api.list(ClusterKind),
    api.list(MachineKind),
  ]);
  return { hosts: hosts.items, clusters: clusters.items, machines: machines.items };
}

function partsText(state: SupervisorState): string {
  const mark = (ready: boolean): string => (ready ? green('✓') : yellow('…'));
  const parts = state.components.map(
    (part) =>
      `${mark(part.state === 'ready')} ${part.title}${versionText(part)}${part.restarts > 0 ? dim(` (restarted ${part.restarts} times)`) : ''}`,
  );
  const late = state.components
    .filter((part) => part.state !== 'ready' && part.message !== undefined)
    .map((part) => `  ${part.title}: ${part.message ?? ''}`);
  return [`${bold('Parts')}    ${parts.join('  ')}`, ...late].join('\n');
}

/** Told where there is more than one, or where a roll is under way. */
function versionText({ version, beside }: SupervisorState['components'][number]): string {
  if (version === undefined) return '';
  return dim(beside === true ? ` ${version} (stands by)` : ` ${version}`);
}

/** The picture as text. */
export function pictureText(picture: Picture, now: number): string {
  const blocks = [
    serversText(picture.hosts),
    ...picture.clusters.map((cluster) => clusterText(cluster, picture)),
    waitingText(picture, now),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function serversText(hosts: readonly BareMetalHost[]): string {
  if (hosts.length === 0) return `${bold('Servers')}  none yet: kubectl apply -f examples/first-cluster/`;
  const counts = new Map<string, number>();
  for (const host of hosts) {
    const state = host.status?.errorMessage ? 'in error' : host.status?.provisioning?.state || 'new';
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return `${bold('Servers')}  ${hosts.length}: ${[...counts].map(([state, count]) => `${count} ${state === 'in error' ? red(state) : state}`).join(', ')}`;
}

const clusterLabel = 'cluster.sigs.k8s.io/cluster-name';
const controlLabel = 'cluster.sigs.k8s.io/control-plane';

function clusterText(cluster: Cluster, picture: Picture): string {
  const own = picture.machines.filter(
    (machine) => sameNamespace(machine, cluster) && machine.metadata.labels?.[clusterLabel] === cluster.metadata.name,
  );
  const provider = cluster.status?.providerStatus;
  const ready = provider?.ready === true ? green('ready') : yellow('not ready');
  const nodes = `nodes ${provider?.nodes?.ready ?? 0}/${provider?.nodes?.requested ?? own.length}`;
  const head = `${bold(`Cluster ${cluster.metadata.namespace}/${cluster.metadata.name}`)}  ${ready}  ${nodes}  ${dim(String(cluster.spec.providerSpec.value?.release ?? ''))}`;
  const rows = [...own]
    .sort(byRoleAndName)
    .map((machine) => [
      `  ${isControl(machine) ? 'control' : 'worker'}`,
      machine.metadata.name,
      machineState(machine),
      machine.metadata.annotations?.['metal3.io/BareMetalHost']?.split('/')[1] ?? dim('no host yet'),
      machine.status?.providerStatus?.privateIp ?? '',
    ]);
  return rows.length === 0 ? head : `${head}\n${table(rows)}`;
}

function machineState(machine: Machine): string {
  const state = machine.status?.providerStatus?.status ?? 'Pending';
  if (machine.metadata.deletionTimestamp !== undefined) return yellow('Deleting');
  return state === 'Ready' ? green(state) : yellow(state);
}

/** What waits for what, longest first: the start of every question at night. */
function waitingText(picture: Picture, now: number): string {
  const waiting = [...picture.hosts, ...picture.machines, ...picture.clusters]
    .flatMap((object) => {
      const progress = progressOf(object);
      return progress?.waitingOn === undefined ? [] : [{ object, progress, waitingOn: progress.waitingOn }];
    })
    .sort((a, b) => Date.parse(a.progress.since) - Date.parse(b.progress.since));
  if (waiting.length === 0) return '';
  const rows = waiting
    .slice(0, 20)
    .map(({ object, progress, waitingOn }) => [
      `  ${object.kind} ${object.metadata.name}`,
      progress.state,
      `since ${spanText(Math.max(0, now - Date.parse(progress.since)))}`,
      `on ${waitingOn.kind} ${waitingOn.name}`,
      dim(progress.message ?? progress.reason ?? ''),
    ]);
  const more = waiting.length > 20 ? `\n  … and ${waiting.length - 20} more` : '';
  return `${bold('Waiting')}\n${table(rows)}${more}`;
}

function progressOf(object: BareMetalHost | Machine | Cluster): Progress | undefined {
  return object.status?.progress;
}

function sameNamespace(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.namespace === b.metadata.namespace;
}

function isControl(machine: Machine): boolean {
  return machine.metadata.labels?.[controlLabel] !== undefined;
}

function byRoleAndName(a: Machine, b: Machine): number {
  return Number(isControl(b)) - Number(isControl(a)) || a.metadata.name.localeCompare(b.metadata.name);
}
