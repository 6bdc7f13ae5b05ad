import { afterEach, describe, expect, it } from '@jest/globals';
import { ConfigMapKind, LCMMachineKind, NodeKind, type Pod, PodKind, crdOf } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { memoryLog, openEngine } from '@keelson/kube-server';
import { VirtualClock, seededRandom, silentLog } from '@keelson/std';
import { engineKubeApi } from '@keelson/testing';
import { type Lab, createLab } from '../lab.js';
import type { SnapshotStore } from '../snapshot/snapshot.js';
import { newServer } from '../world/server.state.js';
import { engineBehind, engineChildApi } from './engine-child-api.js';

const endpoint = 'https://127.20.64.2:6443';
const roles = { 'cp-1': 'init', 'cp-2': 'join', 'cp-3': 'join', 'wk-1': 'worker', 'wk-2': 'worker' } as const;
const names = Object.keys(roles) as (keyof typeof roles)[];
const labs: Lab[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.stop();
});

/** Hosts whose disks carry an installed system with an agent each, as provisioning leaves them. */
function installedDisks(clock: VirtualClock): Map<string, string> {
  const documents = names.map((machine, i) => {
    const id = `srv-0${i + 1}`;
    const server = newServer(id, clock.now(), seededRandom(id));
    const agentJson = JSON.stringify({
      server: 'https://management.test',
      token: 'opaque',
      namespace: 'demo',
      machine,
    });
    const system = {
      instanceId: `i-${i}`,
      image: 'x',
      hostname: `kaas-node-${machine}`,
      internalIP: `127.20.0.1${i}`,
      agentJson,
      installedAt: 0,
    };
    return [
      `server/${id}`,
      JSON.stringify({ ...server, stage: 'osBoot', inventoried: true, disk: { writtenFor: `i-${i}`, system } }),
    ] as const;
  });
  return new Map(documents);
}

function storeOn(disk: Map<string, string>): SnapshotStore {
  return {
    load: async () => Object.fromEntries([...disk].map(([name, text]) => [name, JSON.parse(text)])),
    save: async (name, document) => void disk.set(name, JSON.stringify(document)),
    remove: async (name) => void disk.delete(name),
  };
}

async function aManagementCluster(clock: VirtualClock): Promise<KubeApi> {
  const engine = await openEngine({
    log: memoryLog(),
    profile: 'management',
    clock,
    random: seededRandom('m'),
    logger: silentLog,
    definitions: [crdOf(LCMMachineKind)],
  });
  const api = engineKubeApi(engine);
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } });
  const pki = Object.fromEntries(
    ['ca.crt', 'tls.crt', 'tls.key'].map((key) => [key, Buffer.from(key).toString('base64')]),
  );
  for (const machine of names) {
    await api.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'demo', name: `${machine}-deployment` },
      data: pki,
    });
    const params = {
      role: roles[machine],
      clusterName: 'first',
      nodeName: `kaas-node-${machine}`,
      externalEndpoint: endpoint,
      kubernetesVersion: 'v1.31.9',
      secretName: `${machine}-deployment`,
    };
    const stateItems = [
      packages('1'),
      { name: 'deploy-kubernetes', runner: 'ansible', version: '1', phase: 'deploy', params },
    ];
    await api.create({
      apiVersion: 'lcm.mirantis.com/v1alpha1',
      kind: 'LCMMachine',
      metadata: { namespace: 'demo', name: machine },
      spec: { clusterName: 'first', stateItems },
    });
  }
  return api;
}

function packages(version: string) {
  const params = { playbook: '/var/lib/keelson/lcm-ansible/packages.yml' };
  return { name: 'prepare-packages', runner: 'ansible', version, phase: 'prepare', params };
}

async function aRack(disk?: Map<string, string>, clock = new VirtualClock(), management?: KubeApi) {
  const api = management ?? (await aManagementCluster(clock));
  const store = disk ?? installedDisks(clock);
  const lab = await createLab({
    seed: 'agents',
    servers: names.length,
    clock,
    random: seededRandom('lab'),
    kube: () => api,
    store: storeOn(store),
    http: () => Promise.reject(new Error('these hosts are installed already')),
    makeChildApi: engineChildApi({ clock, random: seededRandom('children'), log: silentLog }),
  });
  labs.push(lab);
  const child = async (): Promise<KubeApi> => engineKubeApi(await engineBehind(lab.childApi(endpoint)));
  const pods = async (): Promise<readonly Pod[]> => (await (await child()).list(PodKind)).items;
  const placed = async (): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const pod of await pods()) counts[pod.spec?.nodeName ?? ''] = (counts[pod.spec?.nodeName ?? ''] ?? 0) + 1;
    return counts;
  };
  const readyNodes = async (): Promise<number> =>
    (await (await child()).list(NodeKind)).items.filter((node) =>
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    ).length;
  return { clock, api, store, lab, child, pods, placed, readyNodes };
}

const minutes = (count: number): number => count * 60_000;

describe('a cluster that host agents make in the lab', () => {
  it('has its nodes Ready and pods on them, and every item reports that it was simulated', async () => {
    const { clock, api, readyNodes, placed } = await aRack();
    await clock.advance(minutes(30));
    expect([await readyNodes(), await placed()]).toEqual([
      5,
      { 'kaas-node-cp-1': 1, 'kaas-node-cp-2': 1, 'kaas-node-cp-3': 1, 'kaas-node-wk-1': 3, 'kaas-node-wk-2': 3 },
    ]);
    const machine = await api.get(LCMMachineKind, { namespace: 'demo', name: 'cp-1' });
    expect(machine?.status?.stateItemStatuses?.['deploy-kubernetes']).toMatchObject({
      exitCode: 0,
      message: 'simulated: made cluster first as kaas-node-cp-1',
    });
  });

  it('asks for a restart after other packages than its first, until it has restarted', async () => {
    const { clock, api } = await aRack();
    const key = { namespace: 'demo', name: 'wk-1' };
    const asks = async (): Promise<unknown> => (await api.get(LCMMachineKind, key))?.status?.hostInfo?.rebootRequired;
    await clock.advance(minutes(30));
    const first = await asks();
    const items = (await api.get(LCMMachineKind, key))?.spec.stateItems ?? [];
    await api.patch(LCMMachineKind, key, { spec: { stateItems: [packages('2'), ...items.slice(1)] } });
    await clock.advance(minutes(10));
    const renewed = await asks();
    await api.patch(LCMMachineKind, key, { spec: { rebootRequired: true } });
    await clock.advance(minutes(20));
    expect([first, renewed, await asks()]).toEqual([false, true, false]);
  });

  it('lets a node be drained and deleted: its workload moves, its daemon stays to the end', async () => {
    const { clock, child, pods, placed, readyNodes } = await aRack();
    await clock.advance(minutes(30));
    const api = await child();
    const node = 'kaas-node-wk-1';
    await api.patch(NodeKind, { name: node }, { spec: { unschedulable: true } });
    const mine = (await pods()).filter(
      (pod) => pod.spec?.nodeName === node && pod.metadata.ownerReferences?.[0]?.kind !== 'DaemonSet',
    );
    for (const pod of mine) await api.evict({ namespace: pod.metadata.namespace, name: pod.metadata.name });
    await clock.advance(1_000);
    expect((await pods()).filter((pod) => pod.metadata.deletionTimestamp !== undefined)).toHaveLength(2);
    await clock.advance(minutes(1));
    expect(await placed()).toMatchObject({ [node]: 1, 'kaas-node-wk-2': 5 });
    await api.delete(NodeKind, { name: node });
    await clock.advance(minutes(5));
    expect([await placed(), await readyNodes()]).toEqual([
      { 'kaas-node-cp-1': 1, 'kaas-node-cp-2': 1, 'kaas-node-cp-3': 1, 'kaas-node-wk-2': 3 },
      4,
    ]);
  });

  it('is there again after the lab was killed, with all that was written to it', async () => {
    const first = await aRack();
    await first.clock.advance(minutes(30));
    const before = await first.child();
    await before.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'default', name: 'kept' },
      data: { a: 'b' },
    });
    await first.clock.advance(1_000);
    const disk = new Map(first.store);
    await first.lab.stop();
    const { clock, readyNodes, placed, child } = await aRack(disk, first.clock, first.api);
    await clock.advance(minutes(3));
    expect([await readyNodes(), Object.keys(await placed()).length]).toEqual([5, 5]);
    const kept = await (await child()).list(ConfigMapKind, { namespace: 'default' });
    expect(kept.items.map((item) => item.metadata.name)).toContain('kept');
  });
});
