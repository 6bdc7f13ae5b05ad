import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClusterKind, type KubeObject, ValidatingAdmissionPolicyBindingKind } from '@keelson/api';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { policies } from '../policies.js';

const supportedClusterReleases = [
  { name: 'mgmt-1', version: '20.1.0', tag: 'mgmt' },
  { name: 'mosk-1', version: '21.1.0+26.1', tag: 'mosk' },
  { name: 'mosk-2', version: '21.2.0+26.2' },
  { name: 'child-1', version: '16.4.0', tag: 'child' },
  { name: 'plain-1', version: '1.0.0' },
];

describe('the release of a Cluster', () => {
  let world: HermeticCluster;
  beforeEach(async () => {
    world = await hermeticCluster();
    await world.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } },
      {
        apiVersion: 'kaas.mirantis.com/v1alpha1',
        kind: 'KaaSRelease',
        metadata: { name: 'kaas-a', labels: { 'kaas.mirantis.com/active': 'true' } },
        spec: { version: '2.32.0', clusterRelease: 'mgmt-1', supportedClusterReleases },
      } as KubeObject,
      ...policies('releases'),
    );
    await world.advance(5);
  });
  afterEach(() => world.close());

  const create = (release: string, more: object = {}): Promise<KubeObject> =>
    world.api.create({
      apiVersion: 'cluster.k8s.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name: 'one', namespace: 'demo' },
      spec: {
        clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
        providerSpec: { value: { release, ...more } },
      },
    } as KubeObject);
  const move = (release: string): Promise<KubeObject> =>
    world.api.patch(
      ClusterKind,
      { namespace: 'demo', name: 'one' },
      { spec: { providerSpec: { value: { release } } } },
    );
  const kaas = { kaas: { release: 'kaas-a' } };

  it('is none of the management cluster where it is another, and says which there are', async () => {
    await expect(create('mgmt-1')).rejects.toThrow(
      'spec.providerSpec.value.release: mgmt-1 is a release of the management cluster and this is none (it has no spec.providerSpec.value.kaas): name one of mosk-1, child-1',
    );
    await create('mosk-1');
    await expect(move('mgmt-1')).rejects.toThrow('mgmt-1 is a release of the management cluster and this is none');
  });

  it.each(['mosk-1', 'mosk-2', 'child-1'])('is not %s where it is the management cluster', async (release) => {
    await expect(create(release, kaas)).rejects.toThrow(
      `${release} is no release of the management cluster, which this is (it has spec.providerSpec.value.kaas): name one of mgmt-1`,
    );
    await create('mgmt-1', kaas);
  });

  it('stays of its role from one to the next', async () => {
    await create('mosk-1');
    await expect(move('child-1')).rejects.toThrow(
      'child-1 is of the role child and the cluster runs mosk-1, of the role mosk: name a release of the same role',
    );
    await move('mosk-2');
  });

  it.each(['unlisted', 'plain-1'])('is not judged where nothing tells its role: %s', async (release) => {
    await create(release);
    await move('mosk-1');
  });

  it('that stands is no obstacle to other edits', async () => {
    await world.api.delete(ValidatingAdmissionPolicyBindingKind, { name: 'keelson-release-role' });
    await world.advance(5);
    await create('mgmt-1');
    await world.apply(...policies('releases'));
    await world.advance(5);
    const labels = { team: 'a' };
    await world.api.patch(ClusterKind, { namespace: 'demo', name: 'one' }, { metadata: { labels } });
  });
});
