import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClusterKind,
  KaaSReleaseKind,
  type KubeObject,
  type MCCUpgrade,
  MCCUpgradeKind,
  UnsupportedClustersKind,
  UpdateGroupKind,
} from '@keelson/api';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { releaseReconcilers } from '../../../src/reconcilers.js';
import { offline } from '../cloud.js';

const day = 86_400;
const management = { namespace: 'default', name: 'kaas-mgmt' };

function kaas(version: string, clusterRelease: string, supported: readonly string[]): KubeObject {
  const supportedClusterReleases = supported.map((name) => ({ name, version: name }));
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'KaaSRelease',
    metadata: { name: `kaas-${version.replaceAll('.', '-')}` },
    spec: { version, clusterRelease, supportedClusterReleases },
  } as KubeObject;
}

function cluster({ namespace, name }: typeof management, value: object): KubeObject {
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, namespace },
    spec: {
      clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
      providerSpec: { value },
    },
  } as KubeObject;
}

describe('the update of the management cluster', () => {
  let world: HermeticCluster;
  const upgrade = (): Promise<MCCUpgrade> => world.get(MCCUpgradeKind, { name: 'mcc-upgrade' });
  const runs = (key: typeof management, name: string, ready = true): Promise<unknown> =>
    world.report(ClusterKind, key, { providerStatus: { ready, releaseRefs: { current: { name } } } });
  const wanted = async (): Promise<unknown> => {
    const value = (await world.get(ClusterKind, management)).spec.providerSpec.value;
    return [value?.release, value?.kaas?.release];
  };
  const set = async (spec: object): Promise<void> => {
    await world.api.patch(MCCUpgradeKind, { name: 'mcc-upgrade' }, { spec });
  };

  beforeEach(async () => {
    world = await hermeticCluster();
    await world.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } },
      kaas('2.31.0', 'mgmt-1', ['mosk-1']),
      cluster(management, { release: 'mgmt-1', kaas: { release: 'kaas-2-31-0' } }),
    );
    await runs(management, 'mgmt-1');
    await world.run('release-svc', releaseReconcilers({ ...world, http: offline, config: {} }));
    await world.advance(10);
  });
  afterEach(() => world.close());

  it('has a schedule of its own making, the release in use marked, and nothing to do', async () => {
    expect((await upgrade()).status).toMatchObject({ message: 'there is no newer release' });
    const release = await world.get(KaaSReleaseKind, { name: 'kaas-2-31-0' });
    expect(release.metadata.labels).toMatchObject({ 'kaas.mirantis.com/active': 'true' });
  });

  it('has groups where it has machines, and those are restarted where their update asks for it', async () => {
    const groups = async (): Promise<readonly unknown[]> =>
      (await world.api.list(UpdateGroupKind, { namespace: 'default' })).items.map(({ metadata, spec }) => [
        metadata.name,
        spec.rebootIfUpdateRequires,
      ]);
    expect(await groups()).toEqual([]);
    const labels = { 'cluster.sigs.k8s.io/cluster-name': management.name, 'cluster.sigs.k8s.io/control-plane': 'true' };
    await world.apply({
      apiVersion: 'cluster.k8s.io/v1alpha1',
      kind: 'Machine',
      metadata: { name: 'mgmt-cp-1', namespace: 'default', labels },
      spec: { providerSpec: { value: {} } },
    } as KubeObject);
    await world.advance(10);
    expect(await groups()).toEqual([
      ['kaas-mgmt-controlplane', true],
      ['kaas-mgmt-default', true],
    ]);
  });

  it('begins with the next release in order, and is over when the cluster runs it', async () => {
    await world.apply(kaas('2.32.0', 'mgmt-2', ['mosk-1']), kaas('2.33.0', 'mgmt-3', ['mosk-1']));
    await world.advance(10);
    expect(await wanted()).toEqual(['mgmt-2', 'kaas-2-32-0']);
    expect((await upgrade()).status).toMatchObject({
      message: 'the management cluster moves to mgmt-2',
      nextRelease: { version: '2.33.0' },
    });
    const active = (await world.api.list(KaaSReleaseKind)).items.filter(
      ({ metadata }) => metadata.labels?.['kaas.mirantis.com/active'] === 'true',
    );
    expect(active.map(({ metadata }) => metadata.name)).toEqual(['kaas-2-32-0']);
    await set({ schedule: [{ weekdays: { monday: true } }] });
    await runs(management, 'mgmt-2');
    await world.advance(10);
    expect((await upgrade()).status?.lastUpgrade?.finishedAt).toBeDefined();
    expect(await wanted()).toEqual(['mgmt-2', 'kaas-2-32-0']);
  });

  it('waits for its window and tells when that opens', async () => {
    await set({ schedule: [{ hours: { from: 1, to: 5 }, weekdays: { saturday: true } }] });
    await world.apply(kaas('2.32.0', 'mgmt-2', ['mosk-1']));
    await world.advance(10);
    expect((await upgrade()).status).toMatchObject({
      message: 'outside the schedule',
      nextAttempt: '2026-01-03T01:00:00Z',
    });
    await world.advance(2 * day + 3_500);
    expect(await wanted()).toEqual(['mgmt-1', 'kaas-2-31-0']);
    await world.advance(300);
    expect(await wanted()).toEqual(['mgmt-2', 'kaas-2-32-0']);
  });

  it('begins no update before blockUntil, nor is kept from one for longer than thirty days', async () => {
    await set({ blockUntil: '2027-01-01T00:00:00Z' });
    await world.apply(kaas('2.32.0', 'mgmt-2', ['mosk-1']));
    await world.advance(29 * day);
    expect(await wanted()).toEqual(['mgmt-1', 'kaas-2-31-0']);
    await world.advance(1.1 * day);
    expect(await wanted()).toEqual(['mgmt-2', 'kaas-2-32-0']);
  });

  it('leaves a release to ripen where that is asked for', async () => {
    await set({ autoDelay: true });
    await world.apply(kaas('2.32.0', 'mgmt-2', ['mosk-1']));
    await world.advance(19 * day);
    expect((await upgrade()).status?.message).toMatch(/left to ripen for twenty days/);
    await world.advance(1.1 * day);
    expect(await wanted()).toEqual(['mgmt-2', 'kaas-2-32-0']);
  });

  it('is held by a cluster that the next release does not support, with its name, and goes on when that is updated', async () => {
    const old = { namespace: 'demo', name: 'old' };
    await world.apply(cluster(old, { release: 'mosk-1' }));
    await runs(old, 'mosk-1');
    await world.apply(kaas('2.32.0', 'mgmt-2', ['mosk-2']));
    await world.advance(10);
    expect((await upgrade()).status?.message).toMatch(/demo\/old \(mosk-1\); update them first/);
    const listed = await world.get(UnsupportedClustersKind, { name: 'unsupported-clusters' });
    expect(listed.status?.clusters).toEqual([{ ...old, release: 'mosk-1', sinceReleaseVersion: '2.32.0' }]);
    await runs(old, 'mosk-2');
    await world.advance(10);
    expect(await wanted()).toEqual(['mgmt-2', 'kaas-2-32-0']);
  });

  it('does not begin while the cluster is not ready', async () => {
    await runs(management, 'mgmt-1', false);
    await world.apply(kaas('2.32.0', 'mgmt-2', ['mosk-1']));
    await world.advance(60);
    expect((await upgrade()).status?.message).toBe('the management cluster is not ready');
    expect(await wanted()).toEqual(['mgmt-1', 'kaas-2-31-0']);
  });
});
