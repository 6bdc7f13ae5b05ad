import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OpenStackDeploymentKind, StatefulSetKind, type KubeObject } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { aDeployment, type SpecPatch } from '../../../src/deployment/deployment.fixtures.js';
import { cloudKey } from '../cloud-world.js';
import { type Clusters, openClusters } from '../clusters.js';

/** The rules that need more than the object itself, as the cluster's own API server has them from this service. */

let clusters: Clusters;
let child: KubeApi;
beforeAll(async () => {
  clusters = await openClusters();
  await clusters.add('first');
  const at = { namespace: 'demo', name: 'first' };
  await clusters.management.until('it is at work', () => clusters.openstack.attachments.lacks(at) === undefined);
  child = clusters.child('first');
  await child.apply(aDeployment(), { fieldManager: 'operator' });
  await clusters.management.until('the cloud is applied', () => clusters.isApplied('first'));
  await clusters.management.advance(10);
});
afterAll(() => clusters.close());

const change = (patch: SpecPatch): Promise<KubeObject> =>
  child.apply(aDeployment(patch), { fieldManager: 'operator', force: true });
const restore = (on: boolean): SpecPatch => ({
  services: { database: { mariadb: { values: { manifests: { job_mariadb_phy_restore: on } } } } },
});

describe('the webhook of a MOSK cluster', () => {
  it('refuses a second cloud, also in another namespace', async () => {
    await child.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    const second = aDeployment();
    await expect(child.create({ ...second, metadata: { name: 'second', namespace: 'other' } })).rejects.toThrow(
      'this one has openstack/osh',
    );
  });

  it('refuses a key that is encrypted, in the spec and in a Secret', async () => {
    const pem = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n';
    const withKey = (api_key: unknown): SpecPatch => ({ features: { ssl: { public_endpoints: { api_key } } } });
    await expect(change(withKey(pem))).rejects.toThrow('without a passphrase');
    const secret: KubeObject & { data: object } = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'tls', namespace: 'openstack' },
      data: { key: Buffer.from(pem).toString('base64') },
    };
    await child.create(secret);
    const reference = { value_from: { secret_key_ref: { name: 'tls', key: 'key' } } };
    await expect(change(withKey(reference))).rejects.toThrow('without a passphrase');
  });

  it('refuses another release with pinned images', async () => {
    const pins = { services: { compute: { nova: { values: { images: { tags: { nova_api: 'x' } } } } } } };
    await change({ ...pins, openstack_version: 'epoxy' });
    await clusters.management.until('it is applied', async () => {
      const state = (await child.get(OpenStackDeploymentKind, cloudKey))?.status?.state;
      return state === 'APPLIED';
    });
    await expect(change({ ...pins, openstack_version: 'gazpacho' })).rejects.toThrow('nova.values.images.tags pins');
    await change({});
  });

  it('refuses another storage class of volumes that stand', async () => {
    const key = { ...cloudKey, name: 'mariadb-server' };
    const template = { metadata: { name: 'mysql-data' }, spec: { storageClassName: 'local' } };
    await child.patch(StatefulSetKind, key, { spec: { volumeClaimTemplates: [template] } });
    const of = (local_volume_storage_class: string): Promise<KubeObject> => change({ local_volume_storage_class });
    await expect(of('other')).rejects.toThrow('spec.local_volume_storage_class: the volumes mysql-data of StatefulSet');
    clusters.isServiceDown = true;
    await of('other');
    clusters.isServiceDown = false;
    await of('local');
    await child.patch(StatefulSetKind, key, { spec: { volumeClaimTemplates: null } });
    await change({});
  });

  it('refuses every change but the end of a restore while there is one', async () => {
    await change(restore(true));
    await expect(change({ ...restore(true), size: 'small' })).rejects.toThrow('job_mariadb_phy_restore to false');
    await change(restore(false));
    await change({});
  });

  it('refuses to delete what is not at rest, and lets it go when the service cannot be asked', async () => {
    await child.patch(OpenStackDeploymentKind, cloudKey, { status: { state: 'APPLYING' } }, { subresource: 'status' });
    await expect(child.delete(OpenStackDeploymentKind, cloudKey)).rejects.toThrow('a cloud that is APPLYING');
    clusters.isServiceDown = true;
    await child.delete(OpenStackDeploymentKind, cloudKey);
    const isGone = async () => (await child.get(OpenStackDeploymentKind, cloudKey)) === undefined;
    await clusters.management.until('what it has elsewhere is removed, and it is gone', isGone);
  });
});
