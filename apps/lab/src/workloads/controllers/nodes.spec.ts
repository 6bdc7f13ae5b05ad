import { describe, expect, it } from '@jest/globals';
import { EventKind, NodeKind, PodKind } from '@keelson/api';
import { BudgetKind, EndpointSliceKind } from '../kinds.js';
import { aSimulatedCluster, namespace, template, workload } from '../simulated-cluster.fixtures.js';

const antiAffinity = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' },
      ],
    },
  },
};
const budget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web', namespace },
  spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } },
};
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
};

async function aShop(more: object = {}, replicas = 3) {
  const cluster = await aSimulatedCluster(3);
  await cluster.create(budget, service, workload('Deployment', 'web', { replicas }, template('web', 'shop:1', more)));
  await cluster.pass(30);
  const nodes = async () => (await cluster.pods()).map(({ spec }) => spec.nodeName ?? '-').sort();
  const endpoints = async () =>
    (await cluster.api.list(EndpointSliceKind, namespace)).flatMap((slice) =>
      slice.endpoints.filter(({ conditions }) => conditions.ready).map(({ nodeName }) => nodeName),
    );
  return { ...cluster, nodes, endpoints };
}

describe('pods on nodes', () => {
  it('are kept apart when they have to be; one too many waits and says why', async () => {
    const { kube, pods, nodes, status, addNode, pass } = await aShop(antiAffinity, 4);
    expect(await nodes()).toEqual(['-', 'n1', 'n2', 'n3']);
    const pending = (await pods()).find(({ spec }) => spec.nodeName === undefined);
    expect(pending?.status).toMatchObject({
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          reason: 'Unschedulable',
          message: "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.",
        },
      ],
    });
    expect((await kube.list(EventKind, { namespace })).items.map(({ reason }) => reason)).toContain('FailedScheduling');
    await addNode('n4');
    await pass(20);
    expect([await nodes(), (await status(BudgetKind, 'web'))?.['currentHealthy']]).toEqual([
      ['n1', 'n2', 'n3', 'n4'],
      4,
    ]);
  });

  it('leave a cordoned node only as their budget allows, and serve elsewhere', async () => {
    const { api, kube, pass, pods, nodes, endpoints, status } = await aShop();
    expect(await status(BudgetKind, 'web')).toMatchObject({
      disruptionsAllowed: 1,
      currentHealthy: 3,
      desiredHealthy: 2,
      expectedPods: 3,
    });
    await api.patch(NodeKind, { name: 'n1' }, { spec: { unschedulable: true } });
    const [first, second] = await pods();
    await kube.evict({ namespace, name: first?.metadata.name ?? '' });
    await expect(kube.evict({ namespace, name: second?.metadata.name ?? '' })).rejects.toMatchObject({
      reason: 'DisruptionBudget',
    });
    await pass(1);
    expect((await status(BudgetKind, 'web'))?.['disruptionsAllowed']).toBe(0);
    await pass(30);
    const moved = (await nodes()).filter((node) => node !== 'n1');
    expect([moved.length, (await endpoints()).length]).toEqual([first?.spec.nodeName === 'n1' ? 3 : 2, 3]);
  });

  it('are not ready on a node that is lost, are told to end after their patience, and go when its host is back', async () => {
    const { api, hostDown, hostUp, pass, pods, nodes, endpoints } = await aShop();
    await hostDown('n1');
    await pass(10);
    expect([(await endpoints()).includes('n1'), await nodes()]).toEqual([false, ['n1', 'n2', 'n3']]);
    expect(
      (await api.get(NodeKind, { name: 'n1' }))?.spec?.taints?.map(({ key, effect }) => `${key}:${effect}`),
    ).toEqual(['node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unreachable:NoSchedule']);
    await pass(330);
    const ending = (await pods()).filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    expect([ending.map(({ spec }) => spec.nodeName), (await endpoints()).length]).toEqual([['n1'], 3]);
    await hostUp('n1');
    await pass(20);
    expect((await pods()).every(({ metadata }) => metadata.deletionTimestamp === undefined)).toBe(true);
    expect((await api.get(NodeKind, { name: 'n1' }))?.spec?.taints).toBeUndefined();
  });

  it('start anew when their host has been down for a short while', async () => {
    const { hostDown, hostUp, pass, pods } = await aShop();
    await hostDown('n2');
    await pass(60);
    await hostUp('n2');
    await pass(20);
    const restarts = (await pods()).map(({ spec, status }) => [
      spec.nodeName,
      status?.containerStatuses?.[0]?.restartCount,
    ]);
    expect(restarts.map(String).sort()).toEqual(['n1,0', 'n2,1', 'n3,0']);
  });

  it('go with a deleted node', async () => {
    const { kube, pass, nodes } = await aShop();
    await kube.delete(NodeKind, { name: 'n3' });
    await pass(30);
    expect((await nodes()).includes('n3')).toBe(false);
    expect(await nodes()).toHaveLength(3);
  });

  it('have addresses of their own', async () => {
    const { kube } = await aShop();
    const all = (await kube.list(PodKind)).items.map(({ status }) => status?.['podIP']);
    expect(new Set(all).size).toBe(all.length);
  });
});
