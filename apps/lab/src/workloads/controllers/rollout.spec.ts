import { describe, expect, it } from '@jest/globals';
import { EventKind } from '@keelson/api';
import { DeploymentKind, ReplicaSetKind } from '../kinds.js';
import { faultAnnotation } from '../kubelets/pod-faults.js';
import { aSimulatedCluster, namespace, template, workload } from '../simulated-cluster.fixtures.js';

const key = { namespace, name: 'web' };
const image = (tag: string, annotations = {}) => ({
  spec: { template: { metadata: { annotations }, spec: { containers: [{ name: 'main', image: `shop:${tag}` }] } } },
});

async function aDeployment(spec: object = {}) {
  const cluster = await aSimulatedCluster(3);
  await cluster.create(workload('Deployment', 'web', { replicas: 4, ...spec }));
  await cluster.pass(30);
  const condition = async (type: string) =>
    (await cluster.status(DeploymentKind, 'web'))?.conditions?.find((one) => one.type === type);
  const images = async () => (await cluster.pods()).map(({ spec: pod }) => pod.containers[0]?.image ?? '').sort();
  return { ...cluster, condition, images };
}

describe('a Deployment', () => {
  it('comes up with a ReplicaSet and its pods, spread over the nodes, all said to be simulated', async () => {
    const { pods, status, condition } = await aDeployment();
    expect(await status(DeploymentKind, 'web')).toMatchObject({
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
      observedGeneration: 1,
    });
    expect((await condition('Progressing'))?.reason).toBe('NewReplicaSetAvailable');
    expect((await condition('Available'))?.status).toBe('True');
    const all = await pods();
    expect(new Set(all.map(({ spec }) => spec.nodeName)).size).toBe(3);
    expect(all.every(({ metadata }) => metadata.annotations?.['keelson.dev/simulated'] !== undefined)).toBe(true);
  });

  it('rolls out within surge and unavailability, and numbers its revisions', async () => {
    const { api, clock, pods, readyPods, images } = await aDeployment({
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
    });
    await api.patch(DeploymentKind, key, image('2'));
    for (let step = 0; step < 120; step += 1) {
      await clock.advance(500);
      const living = (await pods()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      expect(living.length).toBeLessThanOrEqual(5);
      expect((await readyPods()).length).toBeGreaterThanOrEqual(3);
    }
    expect(await images()).toEqual(Array(4).fill('shop:2'));
    const sets = await api.list(ReplicaSetKind, namespace);
    expect(
      sets
        .map(({ metadata, spec }) => `${metadata.annotations?.['deployment.kubernetes.io/revision']}: ${spec.replicas}`)
        .sort(),
    ).toEqual(['1: 0', '2: 4']);
  });

  it('goes back to an earlier template as a new revision of the same ReplicaSet', async () => {
    const { api, pass, images } = await aDeployment();
    await api.patch(DeploymentKind, key, image('2'));
    await pass(60);
    await api.patch(DeploymentKind, key, image('1'));
    await pass(60);
    expect(await images()).toEqual(Array(4).fill('shop:1'));
    const sets = await api.list(ReplicaSetKind, namespace);
    expect(
      sets.map(({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'] ?? '').sort(),
    ).toEqual(['2', '3']);
  });

  it('replaces all at once when it recreates', async () => {
    const { api, clock, pods } = await aDeployment({ strategy: { type: 'Recreate', rollingUpdate: null } });
    await api.patch(DeploymentKind, key, image('2'));
    const seen = new Set<string>();
    for (let step = 0; step < 60; step += 1) {
      await clock.advance(500);
      seen.add([...new Set((await pods()).map(({ spec }) => spec.containers[0]?.image ?? ''))].sort().join('+'));
    }
    expect([...seen]).toEqual(['shop:1', '', 'shop:2']);
  });

  it('says that it makes no progress when the new image cannot be pulled, and keeps what serves', async () => {
    const { api, kube, pass, readyPods, condition, images } = await aDeployment({ progressDeadlineSeconds: 60 });
    await api.patch(DeploymentKind, key, image('2', { [faultAnnotation]: 'ImagePullBackOff' }));
    await pass(90);
    expect((await condition('Progressing'))?.reason).toBe('ProgressDeadlineExceeded');
    expect(await readyPods()).toHaveLength(3);
    const events = (await kube.list(EventKind, { namespace })).items;
    expect(events.map(({ reason }) => reason)).toContain('Failed');
    await api.patch(DeploymentKind, key, image('3', { [faultAnnotation]: null }));
    await pass(90);
    expect([await images(), (await condition('Progressing'))?.reason]).toEqual([
      Array(4).fill('shop:3'),
      'NewReplicaSetAvailable',
    ]);
  });

  it('is held by a fault of the lab on its pods, and goes on after it', async () => {
    const { api, faults, pass, readyPods, clock } = await aDeployment();
    const fault = faults.inject({ kind: 'podNeverReady', servers: ['shop/web-*'], from: clock.now() });
    await pass(5);
    expect(await readyPods()).toEqual([]);
    expect((await api.get(DeploymentKind, key))?.status?.readyReplicas).toBeUndefined();
    faults.clear(fault.id);
    await pass(10);
    expect(await readyPods()).toHaveLength(4);
  });

  it('waits while it is paused, and scales all the same', async () => {
    const { api, pass, images } = await aDeployment({ paused: true });
    expect(await images()).toEqual([]);
    await api.patch(DeploymentKind, key, { spec: { paused: false } });
    await pass(20);
    await api.patch(DeploymentKind, key, { spec: { paused: true, replicas: 2, ...image('2').spec } });
    await pass(30);
    expect(await images()).toEqual(['shop:1', 'shop:1']);
  });

  it('restarts containers that crash ever more slowly', async () => {
    const { create, pods, pass } = await aSimulatedCluster(1);
    const pod = template('crash');
    await create(
      workload('Deployment', 'crash', {}, {
        ...pod,
        metadata: { ...pod.metadata, annotations: { [faultAnnotation]: 'CrashLoopBackOff' } },
      } as ReturnType<typeof template>),
    );
    await pass(120);
    const [status] = (await pods())[0]?.status?.containerStatuses ?? [];
    expect([status?.restartCount, status?.state.waiting?.reason]).toEqual([4, 'CrashLoopBackOff']);
  });
});
