import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClusterKind,
  EventKind,
  type KubeObject,
  type License,
  LicenseKind,
  MachineKind,
  SecretKind,
} from '@keelson/api';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { releaseReconcilers } from '../../../src/reconcilers.js';
import { offline } from '../cloud.js';
import { policies } from '../policies.js';
import { aToken, issuerKey } from './license.fixtures.js';

const stranger = generateKeyPairSync('ed25519');
const day = 86_400;

describe('the license', () => {
  let world: HermeticCluster;
  const key = { name: 'license' };
  const license = (): Promise<License> => world.get(LicenseKind, key);
  const write = async (value: string): Promise<void> => {
    await world.api.patch(LicenseKind, key, { spec: { license: { value } } });
    await world.advance(5);
  };
  const ends = (days: number): number => Math.round(world.clock.now() / 1000) + days * day;

  beforeEach(async () => {
    world = await hermeticCluster();
    await world.run(
      'release-svc',
      releaseReconcilers({ ...world, http: offline, config: { licenseIssuerKey: issuerKey } }),
    );
    await world.apply({
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'License',
      metadata: key,
      spec: {},
    } as KubeObject);
    await world.advance(5);
  });
  afterEach(() => world.close());

  it('is none at first: no limits, for development', async () => {
    expect((await license()).status).toMatchObject({ dev: true, expired: false });
    expect((await license()).status?.limits).toBeUndefined();
  });

  it('is checked, moved to a Secret and blanked; its limits and its end are shown', async () => {
    const text = aToken({ sub: 'acme', exp: ends(365), limits: { clusters: 3 }, openstack: { workersPerCluster: 50 } });
    await write(text);
    expect((await license()).spec.license).toEqual({ secret: { name: 'license', key: 'value' } });
    expect((await license()).status).toMatchObject({
      customerID: 'acme',
      dev: false,
      expired: false,
      limits: { clusters: 3 },
      openstack: { workersPerCluster: 50 },
      expirationTime: '2027-01-01T00:00:05Z',
    });
    const secret = await world.get(SecretKind, { namespace: 'keelson-system', name: 'license' });
    expect(Buffer.from(secret.data?.['value'] ?? '', 'base64').toString()).toBe(text);
    const told = JSON.stringify([(await world.api.list(EventKind)).items, await license(), world.warnings]);
    expect(told).not.toContain(text.slice(-20));
  });

  it('warns a month before its end, and has expired at its end', async () => {
    await write(aToken({ sub: 'acme', exp: ends(40) }));
    expect((await license()).status?.message).toBeUndefined();
    await world.advance(11 * day);
    expect((await license()).status?.message).toMatch(/ends in (29|30) days/);
    await world.advance(30 * day);
    expect((await license()).status).toMatchObject({ expired: true, message: expect.stringMatching(/has expired/) });
  });

  describe('at admission', () => {
    const cluster = (name: string, kaas?: object): KubeObject =>
      ({
        apiVersion: 'cluster.k8s.io/v1alpha1',
        kind: 'Cluster',
        metadata: { name, namespace: 'demo' },
        spec: {
          clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
          providerSpec: { value: { release: 'mosk-a', ...(kaas && { kaas }) } },
        },
      }) as KubeObject;
    const machine = (name: string, labels: object = {}): KubeObject =>
      ({
        apiVersion: 'cluster.k8s.io/v1alpha1',
        kind: 'Machine',
        metadata: { name, namespace: 'demo', labels: { 'cluster.sigs.k8s.io/cluster-name': 'a', ...labels } },
        spec: { providerSpec: { value: {} } },
      }) as KubeObject;
    const add = async (object: KubeObject): Promise<void> => {
      await world.api.create(object);
      await world.advance(3);
    };
    beforeEach(() =>
      world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } }, ...policies('license')),
    );

    it('refuses a cluster or worker too many, and says how many there are', async () => {
      await add(cluster('a'));
      await write(aToken({ sub: 'acme', exp: ends(365), limits: { clusters: 2, workersPerCluster: 1 } }));
      await add(cluster('b'));
      await expect(add(cluster('c'))).rejects.toThrow('the license allows 2 clusters and there are 2');
      await add(cluster('mgmt', { release: 'kaas-a' }));
      await add(machine('wk-1'));
      await expect(add(machine('wk-2'))).rejects.toThrow('allows 1 workers in a cluster and demo/a has 1');
      await add(machine('cp-1', { 'cluster.sigs.k8s.io/control-plane': 'true' }));
      await add(machine('wk-2', { 'cluster.sigs.k8s.io/cluster-name': 'b' }));
      expect((await license()).status?.usage).toEqual({ clusters: 2, workers: { 'demo/a': 1, 'demo/b': 1 } });
      await world.api.delete(ClusterKind, { namespace: 'demo', name: 'b' });
      await world.advance(3);
      await add(cluster('c'));
    });

    it('refuses labels that make a worker too many of a machine that is there', async () => {
      await add(cluster('a'));
      await add(cluster('b'));
      await add(machine('wk-1'));
      await add(machine('wk-2', { 'cluster.sigs.k8s.io/cluster-name': 'b' }));
      await add(machine('cp-1', { 'cluster.sigs.k8s.io/control-plane': 'true' }));
      await write(aToken({ sub: 'acme', exp: ends(365), limits: { workersPerCluster: 1 } }));
      const label = (name: string, labels: object) =>
        world.api.patch(MachineKind, { namespace: 'demo', name }, { metadata: { labels } });
      const full = 'allows 1 workers in a cluster and demo/a has 1';
      await expect(label('wk-2', { 'cluster.sigs.k8s.io/cluster-name': 'a' })).rejects.toThrow(full);
      await expect(label('cp-1', { 'cluster.sigs.k8s.io/control-plane': null })).rejects.toThrow(full);
      await label('wk-1', { 'kaas.mirantis.com/update-group': 'fast' });
    });

    it('counts clusters with OpenStack, and their workers, by the labels of their nodes', async () => {
      const cloud = { nodeLabels: [{ key: 'openstack-compute-node', value: 'enabled' }] };
      const of = (name: string, clusterName: string, value: object = {}): KubeObject =>
        ({
          ...machine(name, { 'cluster.sigs.k8s.io/cluster-name': clusterName }),
          spec: { providerSpec: { value } },
        }) as KubeObject;
      await write(aToken({ sub: 'acme', exp: ends(365), openstack: { clusters: 1, workersPerCluster: 2 } }));
      for (const name of ['a', 'b']) await add(cluster(name));
      await add(of('wk-1', 'a', cloud));
      expect((await license()).status?.usage?.openstack).toEqual(['demo/a']);
      await expect(add(of('wk-2', 'b', cloud))).rejects.toThrow('allows 1 clusters with OpenStack and there are 1');
      for (const n of [3, 4, 5]) await add(of(`wk-${n}`, 'b'));
      await expect(
        world.api.patch(MachineKind, { namespace: 'demo', name: 'wk-3' }, { spec: { providerSpec: { value: cloud } } }),
      ).rejects.toThrow('allows 1 clusters with OpenStack');
      await add(of('wk-6', 'a'));
      await expect(add(of('wk-7', 'a'))).rejects.toThrow('2 workers in a cluster with OpenStack and demo/a has 2');
    });

    it('tells of what passed in the moment before it was counted', async () => {
      await write(aToken({ sub: 'acme', exp: ends(365), limits: { workersPerCluster: 1 } }));
      await world.api.create(cluster('a'));
      await Promise.all([world.api.create(machine('wk-1')), world.api.create(machine('wk-2'))]);
      await world.advance(3);
      const excess = 'the license allows 1 workers in a cluster and demo/a has 2';
      expect((await license()).status?.message).toContain(excess);
      const events = (await world.api.list(EventKind)).items.filter(({ reason }) => reason === 'LicenseExceeded');
      expect(events.map(({ message }) => message)).toEqual([expect.stringContaining(excess)]);
      await world.api.delete(MachineKind, { namespace: 'demo', name: 'wk-2' });
      await world.advance(3);
      expect((await license()).status?.message).toBeUndefined();
    });

    it('refuses a cluster once it has expired, and lets a machine be replaced', async () => {
      await write(aToken({ sub: 'acme', exp: ends(1) }));
      await add(cluster('a'));
      await world.advance(2 * day);
      await expect(add(cluster('b'))).rejects.toThrow('the license has expired');
      await add(machine('wk-1'));
    });
  });

  it.each([
    [
      'of somebody else',
      () => aToken({ sub: 'acme', exp: 9e9 }, stranger.privateKey),
      /signature is not of the issuer/,
    ],
    ['that is no token', () => 'LICENSE', /no token of three parts/],
    ['of another installation', () => aToken({ sub: 'acme', exp: 9e9, aud: 'elsewhere' }), /for another installation/],
    ['without an end', () => aToken({ sub: 'acme' }), /it lacks exp/],
  ])('%s is refused with the reason, and the one in force stays', async (_what, text, message) => {
    await write(aToken({ sub: 'acme', exp: ends(365), limits: { clusters: 3 } }));
    await write(text());
    expect((await license()).status).toMatchObject({
      customerID: 'acme',
      limits: { clusters: 3 },
      message: expect.stringMatching(message),
    });
  });
});
