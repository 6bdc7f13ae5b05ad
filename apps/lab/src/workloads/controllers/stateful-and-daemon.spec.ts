import { describe, expect, it } from '@jest/globals';
import { NodeKind } from '@keelson/api';
import { ClaimKind, ControllerRevisionKind, DaemonSetKind, StatefulSetKind, VolumeKind } from '../kinds.js';
import { aSimulatedCluster, namespace, template, workload } from '../simulated-cluster.fixtures.js';

const image = (tag: string) => ({
  spec: { template: { spec: { containers: [{ name: 'main', image: `shop:${tag}` }] } } },
});
const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'fast' },
  provisioner: 'simulated',
  volumeBindingMode: 'WaitForFirstConsumer',
};
const claim = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
};

async function aStatefulSet(spec: object = {}) {
  const cluster = await aSimulatedCluster(3);
  await cluster.create(
    storageClass,
    workload('StatefulSet', 'db', { replicas: 3, serviceName: 'db', volumeClaimTemplates: [claim], ...spec }),
  );
  const images = async () =>
    (await cluster.pods()).map(({ metadata, spec: pod }) => `${metadata.name}=${pod.containers[0]?.image}`);
  return { ...cluster, images };
}

describe('a StatefulSet', () => {
  it('starts its pods one after the other, each with a bound claim of its own', async () => {
    const { api, clock, pass, pods, status } = await aStatefulSet();
    const most: number[] = [];
    for (let step = 0; step < 10; step += 1) {
      await clock.advance(1_000);
      const all = await pods();
      most.push(all.filter((pod) => pod.status?.conditions?.every((one) => one.status === 'True') !== true).length);
    }
    expect(Math.max(...most)).toBe(1);
    await pass(60);
    expect((await pods()).map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1', 'db-2']);
    const claims = await api.list(ClaimKind, namespace);
    expect(claims.map(({ metadata, status: state }) => [metadata.name, state?.phase])).toEqual([
      ['data-db-0', 'Bound'],
      ['data-db-1', 'Bound'],
      ['data-db-2', 'Bound'],
    ]);
    expect(await status(StatefulSetKind, 'db')).toMatchObject({
      readyReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
    });
  });

  it('updates from the highest number down to the partition, and the rest when it is lifted', async () => {
    const { api, pass, images, status } = await aStatefulSet();
    await pass(60);
    const partition = (value: number) => ({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: value } },
    });
    await api.patch(StatefulSetKind, { namespace, name: 'db' }, { spec: { ...partition(2), ...image('2').spec } });
    await pass(120);
    expect(await images()).toEqual(['db-0=shop:1', 'db-1=shop:1', 'db-2=shop:2']);
    await api.patch(StatefulSetKind, { namespace, name: 'db' }, { spec: partition(0) });
    await pass(120);
    expect(await images()).toEqual(['db-0=shop:2', 'db-1=shop:2', 'db-2=shop:2']);
    const { currentRevision, updateRevision } = (await status(StatefulSetKind, 'db')) ?? {};
    expect(currentRevision).toBe(updateRevision);
    expect((await api.list(ControllerRevisionKind, namespace)).map(({ revision }) => `${revision}`).sort()).toEqual([
      '1',
      '2',
    ]);
  });

  it('leaves pods as they are until they are deleted, when told so', async () => {
    const { api, kube, pass, images } = await aStatefulSet({ updateStrategy: { type: 'OnDelete' } });
    await pass(60);
    await api.patch(StatefulSetKind, { namespace, name: 'db' }, image('2'));
    await pass(60);
    await kube.evict({ namespace, name: 'db-1' });
    await pass(60);
    expect(await images()).toEqual(['db-0=shop:1', 'db-1=shop:2', 'db-2=shop:1']);
  });

  it('lets the volume go with its claim', async () => {
    const { api, kube, pass } = await aStatefulSet();
    await pass(60);
    await kube.delete(StatefulSetKind, { namespace, name: 'db' });
    await pass(60);
    await kube.delete(ClaimKind, { namespace, name: 'data-db-1' });
    await pass(5);
    expect(await api.list(VolumeKind)).toHaveLength(2);
  });
});

describe('a DaemonSet', () => {
  const spec = (more: object = {}) => template('agent', 'shop:1', { nodeSelector: { role: 'compute' }, ...more });
  async function aDaemonSet(more: object = {}) {
    const cluster = await aSimulatedCluster(1);
    for (const name of ['c1', 'c2', 'c3']) await cluster.addNode(name, { role: 'compute' });
    await cluster.create(workload('DaemonSet', 'agent', more, spec()));
    await cluster.pass(20);
    const where = async () =>
      (await cluster.pods()).map(({ spec: pod }) => `${pod.nodeName}=${pod.containers[0]?.image}`).sort();
    return { ...cluster, where };
  }

  it('runs where its selector says, follows labels and new nodes, and stays on cordoned ones', async () => {
    const { api, addNode, pass, where, status } = await aDaemonSet();
    expect(await where()).toEqual(['c1=shop:1', 'c2=shop:1', 'c3=shop:1']);
    await api.patch(NodeKind, { name: 'c1' }, { spec: { unschedulable: true } });
    await api.patch(NodeKind, { name: 'c2' }, { metadata: { labels: { role: null } } });
    await addNode('c4', { role: 'compute' });
    await pass(20);
    expect(await where()).toEqual(['c1=shop:1', 'c3=shop:1', 'c4=shop:1']);
    expect(await status(DaemonSetKind, 'agent')).toMatchObject({
      desiredNumberScheduled: 3,
      currentNumberScheduled: 3,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
      numberMisscheduled: 0,
    });
  });

  it('rolls over its nodes one at a time', async () => {
    const { api, clock, readyPods, where } = await aDaemonSet();
    await api.patch(DaemonSetKind, { namespace, name: 'agent' }, image('2'));
    let least = 3;
    for (let step = 0; step < 240; step += 1) {
      await clock.advance(500);
      least = Math.min(least, (await readyPods()).length);
    }
    expect([await where(), least]).toEqual([['c1=shop:2', 'c2=shop:2', 'c3=shop:2'], 2]);
  });

  it('replaces only what is deleted, when told so', async () => {
    const { api, kube, pass, pods, where } = await aDaemonSet({ updateStrategy: { type: 'OnDelete' } });
    await api.patch(DaemonSetKind, { namespace, name: 'agent' }, image('2'));
    await pass(60);
    const [pod] = (await pods()).filter(({ spec: { nodeName } }) => nodeName === 'c2');
    await kube.evict({ namespace, name: pod?.metadata.name ?? '' });
    await pass(30);
    expect(await where()).toEqual(['c1=shop:1', 'c2=shop:2', 'c3=shop:1']);
  });

  it('keeps away from nodes with a taint that it does not tolerate', async () => {
    const { api, pass, where } = await aDaemonSet();
    await api.patch(NodeKind, { name: 'c3' }, { spec: { taints: [{ key: 'own', effect: 'NoExecute' }] } });
    await pass(30);
    expect(await where()).toEqual(['c1=shop:1', 'c2=shop:1']);
  });
});
