import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClusterKind,
  ClusterMaintenanceRequestKind,
  ClusterWorkloadLockKind,
  LCMClusterKind,
  LCMClusterStateKind,
  LCMMachineKind,
  NodeKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Rack, aRack, clusterName, namespace, theCluster } from '../rack/rack.js';
import { aClusterLock, aHeldPod, aNodeLock } from '../protocol.js';

/** Sequence B of the reference: an operator's maintenance of a cluster and its machines, and the ways it can be held up. */
describe('maintenance', () => {
  let rack: Rack;
  let child: KubeApi;
  beforeEach(async () => {
    rack = await aRack({ servers: 5 });
    await rack.world.apply(...theCluster(2));
    await rack.allReady();
    child = await rack.child();
  });
  afterEach(async () => {
    await rack.close();
  });

  const askCluster = (maintenance: boolean): Promise<unknown> =>
    rack.world.api.patch(
      ClusterKind,
      { namespace, name: clusterName },
      { spec: { providerSpec: { value: { maintenance } } } },
    );
  const clusterIn = async (): Promise<boolean> => (await rack.cluster()).status?.providerStatus?.maintenance === true;
  const machineIn = async (name = 'wk-1'): Promise<boolean> =>
    (await rack.machine(name)).status?.providerStatus?.maintenance === true;
  const nodeOf = async (name = 'wk-1'): Promise<string> => (await rack.machine(name)).status?.instanceName ?? '';
  const enter = async (name = 'wk-1'): Promise<void> => {
    await askCluster(true);
    await rack.ask(name, { maintenance: true });
  };
  const leafOf = async (kind: string, name: string) =>
    (await rack.manager.why(kind, { namespace, name })).chain.at(-1)?.object;

  it('cluster first, then the machine: request, drain, status; and all the way back', async () => {
    const node = await nodeOf();
    await rack.ask('wk-1', { maintenance: true });
    await rack.world.until(
      'the machine waits for its cluster',
      async () => (await rack.machine('wk-1')).status?.progress?.reason === 'ClusterNotInMaintenance',
      120,
    );
    await askCluster(true);
    await rack.world.until('both are in maintenance', async () => (await clusterIn()) && (await machineIn()), 300);
    expect([
      (await child.get(NodeKind, { name: node }))?.spec?.unschedulable,
      (await child.get(NodeMaintenanceRequestKind, { name: node }))?.spec,
      (await child.get(ClusterMaintenanceRequestKind, { name: clusterName }))?.spec,
      (await rack.lcm('wk-1')).status,
    ]).toMatchObject([
      true,
      { nodeName: node, scope: 'os' },
      { scope: 'os' },
      { kubernetesCordonDrain: 'cordondrained' },
    ]);
    await askCluster(false);
    await rack.world.until(
      'the cluster waits for its machine',
      async () => (await rack.cluster()).status?.progress?.reason === 'MachinesInMaintenance',
      120,
    );
    await rack.ask('wk-1', { maintenance: false });
    await rack.world.until('both are back', async () => !(await clusterIn()) && !(await machineIn()), 300);
    await rack.allReady(300);
    expect([
      (await child.get(NodeKind, { name: node }))?.spec?.unschedulable,
      await child.get(NodeMaintenanceRequestKind, { name: node }),
      await child.get(ClusterMaintenanceRequestKind, { name: clusterName }),
      (await rack.world.api.list(LCMClusterStateKind, { namespace })).items,
    ]).toEqual([undefined, undefined, undefined, []]);
  });

  it('a foreign lock holds the node until it is deleted; the cluster’s until it is inactive', async () => {
    await child.create(aClusterLock('sre'));
    await child.create(aNodeLock('sre', await nodeOf()));
    await enter();
    await rack.world.until(
      'the lock of the cluster is named',
      async () =>
        (await rack.world.get(LCMClusterKind, { namespace, name: clusterName })).status?.progress?.reason ===
        'WorkloadLocked',
      60,
    );
    expect(await leafOf('Machine', 'wk-1')).toEqual({ kind: 'ClusterWorkloadLock', name: 'sre' });
    await rack.world.advance(3600);
    expect(await clusterIn()).toBe(false);
    await child.patch(
      ClusterWorkloadLockKind,
      { name: 'sre' },
      { status: { state: 'inactive' } },
      { subresource: 'status' },
    );
    await rack.world.until('the cluster is in maintenance', clusterIn, 10);
    await rack.world.until(
      'the lock of the node is named',
      async () => (await rack.lcm('wk-1')).status?.progress?.reason === 'WorkloadLocked',
      60,
    );
    expect(await leafOf('Machine', 'wk-1')).toEqual({ kind: 'NodeWorkloadLock', name: 'sre-node' });
    expect((await child.get(NodeKind, { name: await nodeOf() }))?.spec?.unschedulable).toBeUndefined();
    await child.patch(
      NodeWorkloadLockKind,
      { name: 'sre-node' },
      { status: { state: 'failed', errorMessage: 'no room for two instances' } },
      { subresource: 'status' },
    );
    await rack.world.until(
      'its failure is named',
      async () => (await rack.lcm('wk-1')).status?.progress?.reason === 'WorkloadLockFailed',
      10,
    );
    expect((await rack.machine('wk-1')).status?.progress?.message).toContain('no room for two instances');
    await child.delete(NodeWorkloadLockKind, { name: 'sre-node' });
    await rack.world.until('the machine is in maintenance', () => machineIn(), 120);
  });

  it('a budget of zero is named within ten seconds; past the limit its choices are told, and one of them goes on', async () => {
    const node = await nodeOf();
    await aHeldPod(rack, child, node);
    await enter();
    await rack.world.until(
      'the node is cordoned',
      async () => (await child.get(NodeKind, { name: node }))?.spec?.unschedulable === true,
      120,
    );
    await rack.world.until(
      'the budget is named',
      async () => (await leafOf('Machine', 'wk-1'))?.kind === 'PodDisruptionBudget',
      10,
    );
    expect(await leafOf('Machine', 'wk-1')).toEqual({ kind: 'PodDisruptionBudget', namespace: 'web', name: 'none' });
    await rack.world.until(
      'the choices are told',
      async () => (await rack.machine('wk-1')).status?.progress?.message?.includes('skip-maintenance=true') === true,
      2 * 3600,
    );
    await rack.world.api.patch(
      LCMMachineKind,
      { namespace, name: 'wk-1' },
      { metadata: { annotations: { 'skip-maintenance': 'true' } } },
    );
    await rack.world.until('the machine is in maintenance', () => machineIn(), 120);
  });

  it('is taken back while a budget holds the node', async () => {
    const node = await nodeOf();
    await aHeldPod(rack, child, node);
    await enter();
    await rack.world.until(
      'the budget is named',
      async () => (await leafOf('Machine', 'wk-1'))?.kind === 'PodDisruptionBudget',
      120,
    );
    await rack.ask('wk-1', { maintenance: false });
    await askCluster(false);
    await rack.world.until(
      'nothing of it is left',
      async () => (await rack.world.api.list(LCMClusterStateKind, { namespace })).items.length === 0,
      120,
    );
    await rack.allReady(300);
    expect((await child.get(NodeKind, { name: node }))?.spec?.unschedulable).toBeUndefined();
  });

  it('a lock that comes between the request and the drain holds the node, though a watch may not have shown it', async () => {
    const node = await nodeOf();
    await child.create(aNodeLock('late', node));
    await enter();
    await rack.world.advance(600);
    expect([await machineIn(), await leafOf('Machine', 'wk-1')]).toEqual([
      false,
      { kind: 'NodeWorkloadLock', name: 'late-node' },
    ]);
  });

  it('control-plane machines are out of use one at a time', async () => {
    await askCluster(true);
    await rack.ask('cp-1', { maintenance: true });
    await rack.ask('cp-2', { maintenance: true });
    await rack.world.until(
      'one is in maintenance',
      async () => (await machineIn('cp-1')) || (await machineIn('cp-2')),
      300,
    );
    await rack.world.advance(1200);
    const inside = [await machineIn('cp-1'), await machineIn('cp-2')];
    expect(inside.filter(Boolean)).toHaveLength(1);
    const [first, second] = inside[0] === true ? ['cp-1', 'cp-2'] : ['cp-2', 'cp-1'];
    expect((await rack.machine(second)).status?.progress).toMatchObject({
      reason: 'OneByOne',
      waitingOn: { name: first },
    });
    await rack.ask(first, { maintenance: false });
    await rack.world.until('then the other', () => machineIn(second), 600);
  });
});
