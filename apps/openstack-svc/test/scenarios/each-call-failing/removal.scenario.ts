import { expect, it } from '@jest/globals';
import {
  ClusterWorkloadLockKind,
  type KubeObject,
  NodeWorkloadLockKind,
  OpenStackDeploymentKind,
  SecretKind,
} from '@keelson/api';
import { locksReconciler } from '@keelson/mosk';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { lockController } from '../../../src/locks/lock-controller.js';
import { deploymentLabel } from '../../../src/names.js';
import { removalReconciler } from '../../../src/removal/removal.reconciler.js';
import { cloudKey } from '../cloud-world.js';
import { played } from './played.js';

it('a cloud that is deleted leaves nothing behind, whichever call fails', async () => {
  const labels = { [deploymentLabel]: 'osh' };
  const gateway = { namespace: 'openstack-ceph-shared', name: 'openstack-rgw-creds' };
  const clouds = { namespace: 'openstack-external', name: 'openstack-identity-credentials' };
  const keys = { namespace: 'openstack-ceph-shared', name: 'openstack-ceph-keys' };
  const secret = (metadata: KubeObject['metadata']): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata });
  const node: KubeObject = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'a', labels: { 'openstack-compute-node': 'enabled' } },
  };
  const times = await played(
    () => [removalReconciler(), locksReconciler(lockController)],
    async (cluster) => {
      for (const { namespace: name } of [gateway, clouds])
        await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      await cluster.apply(node, aDeployment(), secret({ ...gateway, labels }), secret(clouds), secret(keys));
      await cluster.until('it is held', async () => {
        const { metadata } = await cluster.get(OpenStackDeploymentKind, cloudKey);
        const locks = (await cluster.api.list(NodeWorkloadLockKind)).items;
        return (metadata.finalizers ?? []).length === 1 && locks.length === 1;
      });
      await cluster.api.delete(OpenStackDeploymentKind, cloudKey);
      await cluster.until(
        'it is gone',
        async () => (await cluster.find(OpenStackDeploymentKind, cloudKey)) === undefined,
      );
      const locks = [NodeWorkloadLockKind, ClusterWorkloadLockKind].map((kind) => cluster.api.list<KubeObject>(kind));
      expect((await Promise.all(locks)).flatMap(({ items }) => items)).toEqual([]);
      const left = await Promise.all([gateway, clouds, keys].map((key) => cluster.find(SecretKind, key)));
      expect(left.map((found) => found?.metadata.name)).toEqual([undefined, undefined, keys.name]);
    },
  );
  expect(times).toBeGreaterThan(6);
});
