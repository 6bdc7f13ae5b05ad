import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { LeaseKind, NodeKind, PodKind } from '@keelson/api';
import { VirtualClock, seededRandom, silentLog } from '@keelson/std';
import { Faults } from '../faults/faults.js';
import { hardwareOf } from '../world/hardware.js';
import { Pace, ordinaryTimings } from '../world/pace.js';
import type { ChildApi } from './child-api.js';
import { ClusterWorld } from './cluster-world.js';
import { engineChildApi } from './engine-child-api.js';

const at = { host: '127.20.0.100', port: 6443 };
const server = 'https://127.20.0.100:6443';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serverKey = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
const pki = { caCertificate: 'ca', serverCertificate: 'cert', serverKey };

function aClusterWorld() {
  const clock = new VirtualClock();
  const listening: string[] = [];
  const serve = async (_engine: unknown, { host, port }: { host: string; port: number }) => {
    listening.push(`${host}:${port}`);
    return { close: async () => void listening.splice(listening.indexOf(`${host}:${port}`), 1) };
  };
  const api = engineChildApi({ clock, random: seededRandom('api'), log: silentLog, serve })(pki, {});
  const noted: string[] = [];
  const world = new ClusterWorld({
    clock,
    random: seededRandom('c'),
    log: silentLog,
    pace: new Pace(),
    timings: ordinaryTimings,
    faults: new Faults(clock),
    seed: 'c',
    hardware: (id) => hardwareOf('c', Number(id.slice(4)), 9),
    makeApi: () => api,
    listens: true,
    noteCluster: (id) => void noted.push(id),
  });
  const member = (role: 'control' | 'worker', n: number) => ({
    role,
    node: `kaas-node-${n}`,
    labels: { rack: 'a' },
    internalIP: `127.20.0.${n}`,
  });
  const up = (n: number): void => world.hostUp(`srv-0${n}`);
  const join = (role: 'control' | 'worker', n: number): void =>
    world.join({ ...at, server: `srv-0${n}`, member: member(role, n) });
  const readiness = async (n: number): Promise<string | undefined> => {
    const node = await api.get(NodeKind, { name: `kaas-node-${n}` });
    return node?.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
  };
  const threeControlPlanes = (): void => {
    for (const n of [1, 2, 3]) up(n);
    world.init({
      ...at,
      name: 'first',
      kubernetesVersion: 'v1.34.0',
      pki,
      server: 'srv-01',
      member: member('control', 1),
    });
    join('control', 2);
    join('control', 3);
  };
  return { clock, api, listening, world, noted, up, join, readiness, threeControlPlanes };
}

describe('a child cluster', () => {
  it('registers a node under the name it was told, says that it is simulated, and turns it Ready after a while', async () => {
    const { clock, api, up, join, readiness, threeControlPlanes } = aClusterWorld();
    threeControlPlanes();
    up(4);
    join('worker', 4);
    await clock.advance(1_000);
    expect(await readiness(4)).toBe('False');
    await clock.advance(60_000);
    expect(await readiness(4)).toBe('True');
    const node = await api.get(NodeKind, { name: 'kaas-node-4' });
    expect({
      labels: node?.metadata.labels,
      image: node?.status?.nodeInfo?.['osImage'],
      addresses: node?.status?.addresses,
    }).toMatchObject({
      labels: { rack: 'a', 'keelson.dev/simulated': 'true' },
      image: 'Keelson Lab (simulated)',
      addresses: [{ type: 'InternalIP', address: '127.20.0.4' }, { type: 'Hostname' }],
    });
    expect(await api.get(LeaseKind, { namespace: 'kube-node-lease', name: 'kaas-node-4' })).toBeDefined();
  });

  it('marks a node Unknown when its host stays down, and Ready again when it is back', async () => {
    const { clock, world, up, readiness, threeControlPlanes } = aClusterWorld();
    threeControlPlanes();
    await clock.advance(60_000);
    world.hostDown('srv-03');
    await clock.advance(45_000);
    expect(await readiness(3)).toBe('True');
    await clock.advance(10_000);
    expect(await readiness(3)).toBe('Unknown');
    up(3);
    await clock.advance(60_000);
    expect(await readiness(3)).toBe('True');
  });

  it('answers only while a majority of its control plane is up', async () => {
    const { clock, world, api, listening, up, join, threeControlPlanes } = aClusterWorld();
    threeControlPlanes();
    await clock.advance(60_000);
    world.hostDown('srv-01');
    await clock.advance(0);
    expect([world.list()[0]?.answers, listening]).toEqual([true, ['127.20.0.100:6443']]);
    world.hostDown('srv-02');
    await clock.advance(0);
    expect([world.list()[0]?.answers, listening]).toEqual([false, []]);
    expect(() => world.apiAt(server)).toThrow('connection refused');
    expect(() => join('worker', 4)).toThrow('no quorum');
    up(1);
    await clock.advance(0);
    expect([world.apiAt(server), listening]).toEqual([api, ['127.20.0.100:6443']]);
  });

  it('sees after an outage which hosts went down in it', async () => {
    const { clock, world, up, join, readiness, threeControlPlanes } = aClusterWorld();
    threeControlPlanes();
    up(4);
    join('worker', 4);
    await clock.advance(60_000);
    for (const n of [1, 2, 4]) world.hostDown(`srv-0${n}`);
    await clock.advance(300_000);
    up(1);
    await clock.advance(60_000);
    expect([await readiness(1), await readiness(2), await readiness(4)]).toEqual(['True', 'Unknown', 'Unknown']);
  });

  it('forgets a wiped host, and is gone with its last control plane', async () => {
    const { clock, world, noted, threeControlPlanes } = aClusterWorld();
    threeControlPlanes();
    await clock.advance(0);
    for (const n of [1, 2, 3]) world.forgetServer(`srv-0${n}`);
    await clock.advance(0);
    expect([world.list(), world.saved('127.20.0.100:6443'), noted.at(-1)]).toEqual([
      [],
      undefined,
      '127.20.0.100:6443',
    ]);
  });

  it('refuses a join before there is a cluster, and repeats an init without harm', async () => {
    const { clock, world, join, threeControlPlanes } = aClusterWorld();
    expect(() => join('worker', 4)).toThrow('there is no cluster');
    threeControlPlanes();
    threeControlPlanes();
    await clock.advance(0);
    expect(Object.keys(world.list()[0]?.state.members ?? {})).toEqual(['srv-01', 'srv-02', 'srv-03']);
  });
});

describe('pods and nodes of a child cluster', () => {
  const podsOn = async (api: ChildApi, node: string): Promise<number> =>
    (await api.list(PodKind)).filter((pod) => pod.spec?.nodeName === node).length;

  it('come with the nodes, say that they are simulated, and go with a deleted one whose host is a member no more', async () => {
    const { clock, api, world, up, join, threeControlPlanes } = aClusterWorld();
    threeControlPlanes();
    for (const n of [4, 5]) up(n);
    for (const n of [4, 5]) join('worker', n);
    await clock.advance(120_000);
    expect([
      await podsOn(api, 'kaas-node-1'),
      await podsOn(api, 'kaas-node-4'),
      await podsOn(api, 'kaas-node-5'),
    ]).toEqual([1, 3, 3]);
    expect(
      (await api.list(PodKind)).every((pod) => pod.metadata.annotations?.['keelson.dev/simulated'] !== undefined),
    ).toBe(true);
    await api.remove(NodeKind, { name: 'kaas-node-5' });
    await clock.advance(300_000);
    expect([
      await podsOn(api, 'kaas-node-4'),
      await podsOn(api, 'kaas-node-5'),
      await api.get(NodeKind, { name: 'kaas-node-5' }),
    ]).toEqual([3, 0, undefined]);
    expect(Object.keys(world.list()[0]?.state.members ?? {})).toEqual(['srv-01', 'srv-02', 'srv-03', 'srv-04']);
  });
});
