import { expect, it } from '@jest/globals';
import {
  ClusterWorkloadLockKind,
  ConfigMapKind,
  type KubeObject,
  NodeKind,
  NodeWorkloadLockKind,
  OpenStackDeploymentKind,
  OpenStackDeploymentStatusKind,
  type Secret,
  SecretKind,
  StatefulSetKind,
} from '@keelson/api';
import { locksReconciler } from '@keelson/mosk';
import type { HermeticCluster } from '@keelson/testing';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { deploymentReconciler } from '../../../src/deployment/deployment.reconciler.js';
import { galeraReconciler, stateName } from '../../../src/galera/galera.reconciler.js';
import { farewellOver } from '../../../src/locks/farewell.js';
import { lockController } from '../../../src/locks/lock-controller.js';
import { smallRenderer } from '../../../src/rollout/renderer.fixtures.js';
import { specFingerprint } from '../../../src/rollout/rollout.observe.js';
import { cloudKey } from '../cloud-world.js';
import { setKey, volumesLeft, withLocalVolumes } from '../local-volumes.js';
import { played } from './played.js';

const textOf = (secret: Secret | undefined, key: string): string =>
  Buffer.from(secret?.data?.[key] ?? '', 'base64').toString('utf8');

it('credentials are made once and what is handed over fits them, whichever call fails', async () => {
  const times = await played(
    () => [deploymentReconciler(smallRenderer)],
    async (cluster) => {
      await cluster.apply(aDeployment());
      const external = { namespace: 'openstack-external', name: 'openstack-identity-credentials' };
      await cluster.until(
        'there is a status',
        async () => (await cluster.find(OpenStackDeploymentStatusKind, cloudKey)) !== undefined,
      );
      // As the apply does when it takes the spec up.
      const fingerprint = specFingerprint(await cluster.get(OpenStackDeploymentKind, cloudKey));
      await cluster.report(OpenStackDeploymentStatusKind, cloudKey, { osdpl: { state: 'APPLYING', fingerprint } });
      await cluster.until(
        'clouds.yaml is handed over',
        async () => (await cluster.find(SecretKind, external)) !== undefined,
      );
      await cluster.advance(60);
      const admin = await cluster.get<Secret>(SecretKind, adminKey);
      const clouds = textOf(await cluster.get<Secret>(SecretKind, external), 'clouds.yaml');
      expect(clouds).toContain(textOf(admin, 'password'));
      const { status } = await cluster.get(OpenStackDeploymentKind, cloudKey);
      expect(status).toMatchObject({ progress: { state: expect.any(String) } });
    },
    // There are many.
    ['crashAfter'],
  );
  expect(times).toBeGreaterThan(10);
});

const adminKey = { namespace: 'openstack', name: 'generated-keystone-admin' };

it('locks are those of the nodes and go with the cloud, whichever call fails', async () => {
  const labels = { 'openstack-compute-node': 'enabled' };
  const node = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
  const names = async (cluster: HermeticCluster): Promise<readonly string[]> =>
    (await cluster.api.list(NodeWorkloadLockKind)).items.map(({ metadata }) => metadata.name);
  const times = await played(
    () => [locksReconciler(lockController)],
    async (cluster) => {
      await cluster.apply(node('a'), node('b'), aDeployment());
      await cluster.until('two nodes are locked', async () => (await names(cluster)).length === 2);
      await cluster.api.delete(NodeKind, { name: 'a' });
      await cluster.until('one is', async () => (await names(cluster)).join() === 'openstack-b');
      await cluster.api.patch(OpenStackDeploymentKind, cloudKey, { metadata: { finalizers: ['test/hold'] } });
      await cluster.api.delete(OpenStackDeploymentKind, cloudKey);
      await cluster.until('none is', async () => (await names(cluster)).length === 0);
      await cluster.advance(60);
      expect((await cluster.api.list(ClusterWorkloadLockKind)).items).toEqual([]);
    },
  );
  expect(times).toBeGreaterThan(10);
});

it('data of a controller that is gone goes whole, whichever call fails', async () => {
  const labels = { 'openstack-control-plane': 'enabled' };
  const farewell = () =>
    farewellOver({
      podsOn: () => Promise.resolve([]),
      hypervisorsOf: () => {
        throw new Error('there is no cloud to be asked');
      },
    });
  const times = await played(
    () => [locksReconciler(lockController, farewell())],
    async (cluster) => {
      await cluster.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', labels } }, aDeployment());
      await cluster.until(
        'it is locked',
        async () => (await cluster.api.list(NodeWorkloadLockKind)).items.length === 1,
      );
      await withLocalVolumes(cluster.api, ['a', 'b']);
      await cluster.report(StatefulSetKind, setKey, { replicas: 3, readyReplicas: 2, observedGeneration: 1 });
      await cluster.api.delete(NodeKind, { name: 'a' });
      await cluster.advance(1_800);
      expect((await cluster.api.list(NodeWorkloadLockKind)).items).toEqual([]);
      expect(await volumesLeft(cluster.api)).toEqual(['ceph-images', 'data-etcd-etcd-1', 'images', 'local-b']);
    },
  );
  expect(times).toBeGreaterThan(6);
});

it('that the database has served is remembered, whichever call fails', async () => {
  const times = await played(
    () => [galeraReconciler()],
    async (cluster) => {
      await cluster.apply(aDeployment());
      const set: KubeObject & { spec: object } = {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'mariadb-server', namespace: 'openstack' },
        spec: {
          replicas: 3,
          serviceName: 'mariadb',
          selector: { matchLabels: { a: 'b' } },
          template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
      };
      await cluster.apply(set);
      const key = { namespace: 'openstack', name: 'mariadb-server' };
      await cluster.report(StatefulSetKind, key, { replicas: 3, readyReplicas: 3, observedGeneration: 1 });
      const state = { namespace: 'openstack', name: stateName };
      await cluster.until('it is written down', async () => (await cluster.find(ConfigMapKind, state)) !== undefined);
      await cluster.advance(60);
      expect(await cluster.get(ConfigMapKind, state)).toMatchObject({ data: { initialised: 'true' } });
    },
  );
  expect(times).toBeGreaterThan(2);
});
