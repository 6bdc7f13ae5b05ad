import { expect, it } from '@jest/globals';
import {
  ClusterWorkloadLockKind,
  ConfigMapKind,
  type KubeObject,
  type Node,
  NodeKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  PodKind,
  SecretKind,
  StatefulSetKind,
  TFConfigKind,
  type TFOperator,
  TFOperatorKind,
} from '@keelson/api';
import { clusterLockReconciler, locksReconciler, nodeLockReconciler } from '@keelson/mosk';
import type { AnyReconciler } from '@keelson/reconcile';
import { type ApiFault, eachCallFailing, type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { aDeployment } from '../../../../openstack-svc/src/deployment/deployment.fixtures.js';
import { clusterLockRules } from '../../../src/locks/clusterlock.rules.js';
import { lockController } from '../../../src/locks/lock-controller.js';
import { nodeLockRules } from '../../../src/locks/nodelock.rules.js';
import { operatorReconciler } from '../../../src/operator/operator.reconciler.js';
import { partReconcilers } from '../../../src/parts/part.reconciler.js';
import { proposalReconciler } from '../../../src/proposal/proposal.reconciler.js';
import { aStorageClass, aTfOperator, bringing, namespace, operatorKey, tfData } from '../sdn-world.js';

/** Plays reconcilers with each of their calls going wrong in each of the ways of the kit, unless fewer are given. */
function played(
  reconcilers: () => readonly AnyReconciler[],
  play: (cluster: HermeticCluster) => Promise<void>,
  faults?: readonly ApiFault[],
): Promise<number> {
  return eachCallFailing(async (options) => {
    const cluster = await hermeticCluster({ ...options, profile: 'child' });
    try {
      for (const name of ['openstack', 'openstack-tf-shared']) await cluster.apply(namespace(name));
      await cluster.apply(aStorageClass('tungstenfabric-operator-bind-mounts'));
      await cluster.run('sdn-svc', reconcilers());
      await play(cluster);
      return cluster;
    } finally {
      await cluster.close();
    }
  }, faults);
}

const ready: TFOperator['status'] = { state: 'Ready', health: '7/7', release: '21.2.0+26.2' };
const stateOf = async (cluster: HermeticCluster, name: string): Promise<string | undefined> =>
  (await cluster.find(NodeWorkloadLockKind, { name }))?.status?.state;

it('a cloud on OpenSDN gets one TFOperator, whichever call fails', async () => {
  const times = await played(
    () => [proposalReconciler()],
    async (cluster) => {
      await cluster.apply(aDeployment({ preset: 'compute-tf' }));
      const found = async () => cluster.find(TFOperatorKind, operatorKey);
      await cluster.until('it is proposed', async () => (await found()) !== undefined);
      const { metadata } = await cluster.get(TFOperatorKind, operatorKey);
      await cluster.advance(600);
      const all = (await cluster.api.list(TFOperatorKind)).items;
      expect(all.map((each) => each.metadata.uid)).toEqual([metadata.uid]);
    },
  );
  expect(times).toBeGreaterThan(5);
});

it('locks are those of the nodes and go with the TFOperator, whichever call fails', async () => {
  const names = async (cluster: HermeticCluster): Promise<string> =>
    (await cluster.api.list(NodeWorkloadLockKind)).items.map(({ metadata }) => metadata.name).join();
  const times = await played(
    () => [locksReconciler(lockController)],
    async (cluster) => {
      await cluster.apply(namespace('tf'), aNode('a'), aNode('b'), aTfOperator());
      await cluster.until('two nodes are locked', async () => (await names(cluster)) === 'tf-a,tf-b');
      await cluster.api.delete(NodeKind, { name: 'a' });
      await cluster.until('one is', async () => (await names(cluster)) === 'tf-b');
      await cluster.api.patch(TFOperatorKind, operatorKey, { metadata: { finalizers: ['test/hold'] } });
      await cluster.api.delete(TFOperatorKind, operatorKey);
      await cluster.until('none is', async () => (await names(cluster)) === '');
      await cluster.advance(60);
      expect((await cluster.api.list(ClusterWorkloadLockKind)).items).toEqual([]);
    },
  );
  expect(times).toBeGreaterThan(20);
});

it('one node at a time is released and taken back, and the cluster, whichever call fails', async () => {
  const times = await played(
    () => [clusterLockReconciler(lockController, clusterLockRules), nodeLockReconciler(lockController, nodeLockRules)],
    async (cluster) => {
      await cluster.apply(
        namespace('tf'),
        aTfOperator(),
        aLock('NodeWorkloadLock', 'a'),
        aLock('NodeWorkloadLock', 'b'),
      );
      await cluster.apply(aLock('ClusterWorkloadLock', 'openstack-tf'));
      await cluster.report(TFOperatorKind, operatorKey, ready);
      for (const name of ['a', 'b']) await withVRouter(cluster, name);
      await cluster.apply(aRequest('NodeMaintenanceRequest', 'a'), aRequest('NodeMaintenanceRequest', 'b'));
      await cluster.until('the first is released', async () => (await stateOf(cluster, 'tf-a')) === 'inactive');
      await cluster.advance(120);
      expect(await stateOf(cluster, 'tf-b')).toBe('active');
      await cluster.api.delete(NodeMaintenanceRequestKind, { name: 'a' });
      await cluster.until('the second is', async () => (await stateOf(cluster, 'tf-b')) === 'inactive');
      expect(await stateOf(cluster, 'tf-a')).toBe('active');
      await cluster.apply(aRequest('ClusterMaintenanceRequest', 'r'));
      const whole = async () =>
        (await cluster.find(ClusterWorkloadLockKind, { name: 'tf-openstack-tf' }))?.status?.state;
      await cluster.until('the cluster is released', async () => (await whole()) === 'inactive');
    },
  );
  expect(times).toBeGreaterThan(20);
});

it('OpenSDN is begun and leaves nothing, whichever call fails', async () => {
  const times = await played(
    () => [
      operatorReconciler({
        release: () => '21.1.0+26.1',
        findRelease: () => Promise.resolve(bringing('21.1.0+26.1', 'a')),
      }),
      ...partReconcilers(),
    ],
    async (cluster) => {
      // Nobody runs pods here: databases are what is written first without images that are pulled beforehand.
      const features = { imagePreCaching: false };
      await cluster.apply(namespace('tf'), aNode('a'), tfData(), aTfOperator({ features }));
      const broker = { namespace: 'tf', name: 'tf-rabbitmq' };
      await cluster.until(
        'databases are applied',
        async () => (await cluster.find(StatefulSetKind, broker)) !== undefined,
      );
      const generated = { namespace: 'tf', name: 'tf-generated' };
      const { data } = await cluster.get(SecretKind, generated);
      const kept = await cluster.get(ConfigMapKind, { namespace: 'tf', name: 'tf-release-images' });
      expect(kept.data?.['release']).toBe('21.1.0+26.1');
      await cluster.api.delete(TFOperatorKind, operatorKey);
      await cluster.until('it is gone', async () => (await cluster.find(TFOperatorKind, operatorKey)) === undefined);
      expect((await cluster.api.list(StatefulSetKind)).items).toEqual([]);
      expect((await cluster.api.list(TFConfigKind)).items).toEqual([]);
      expect((await cluster.get(SecretKind, generated)).data).toEqual(data);
    },
    // There are many, and to die after an effect is the worst of them.
    ['crashAfter'],
  );
  expect(times).toBeGreaterThan(10);
});

function aNode(name: string): KubeObject {
  const labels = { tfconfigdb: 'enabled', tfconfig: 'enabled', tfcontrol: 'enabled', tfvrouter: 'enabled' };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
}

function aLock(kind: 'NodeWorkloadLock' | 'ClusterWorkloadLock', name: string): KubeObject & { readonly spec: object } {
  const spec = { controllerName: 'tungstenfabric', ...(kind === 'NodeWorkloadLock' ? { nodeName: name } : {}) };
  return { apiVersion: 'lcm.mirantis.com/v1alpha1', kind, metadata: { name: `tf-${name}` }, spec };
}

function aRequest(kind: string, name: string): KubeObject & { readonly spec: object } {
  const ofNode = kind === 'NodeMaintenanceRequest' ? { nodeName: name, scope: 'os' } : {};
  return {
    apiVersion: 'lcm.mirantis.com/v1alpha1',
    kind,
    metadata: { name },
    spec: { release: '21.2.0+26.2', ...ofNode },
  };
}

async function withVRouter(cluster: HermeticCluster, node: string): Promise<void> {
  await cluster.apply({ ...aNode(node), metadata: { name: node, labels: { tfvrouter: 'enabled' } } });
  const conditions = [{ type: 'Ready', status: 'True' }];
  await cluster.report<Node>(NodeKind, { name: node }, { conditions });
  const name = `tf-vrouter-agent-${node}`;
  const labels = { application: 'opensdn', component: 'vrouter-agent' };
  const pod: KubeObject & { readonly spec: object } = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'tf', labels },
    spec: { nodeName: node, containers: [{ name: 'agent', image: 'agent' }] },
  };
  await cluster.apply(pod);
  await cluster.report(PodKind, { namespace: 'tf', name }, { phase: 'Running', conditions });
}
