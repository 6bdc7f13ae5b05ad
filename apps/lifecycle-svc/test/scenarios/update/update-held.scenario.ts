import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ClusterWorkloadLockKind,
  LCMClusterKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  PodDisruptionBudgetKind,
} from '@keelson/api';
import { aClusterLock, aHeldPod, aNodeLock } from '../protocol.js';
import { clusterName, namespace } from '../rack/rack.js';
import { Updating, aGroup, kubelets } from './updating.js';

/** What others may hold an update by: locks of their own, budgets of their pods. */
describe('an update of the Kubernetes layer that is held', () => {
  const updating = new Updating();
  const { begin, update, isDone, leafOf, stagesOf } = updating;
  afterEach(() => updating.close());

  it('a lock of the cluster holds it before the first node; a foreign lock holds its node alone and is named from the Cluster', async () => {
    const { child, rack } = await begin(2, false, aGroup('first-default', 1, 2));
    await child.create(aClusterLock('openstack-first'));
    await child.create(aNodeLock('sre', (await rack.machine('wk-1')).status?.instanceName ?? ''));
    await update();
    await rack.world.advance(1800);
    expect([await leafOf('Cluster', clusterName), (await child.list(NodeMaintenanceRequestKind)).items]).toEqual([
      { kind: 'ClusterWorkloadLock', name: 'openstack-first' },
      [],
    ]);
    await child.patch(
      ClusterWorkloadLockKind,
      { name: 'openstack-first' },
      { status: { state: 'inactive', release: '21.2.0+26.2' } },
      { subresource: 'status' },
    );
    await rack.world.until(
      'all but the held one are updated',
      async () => (await kubelets(child))['wk-2'] === 'v1.32.5',
      2 * 3600,
    );
    await rack.world.advance(600);
    expect([(await kubelets(child))['wk-1'], await leafOf('Cluster', clusterName)]).toEqual([
      'v1.31.9',
      { kind: 'NodeWorkloadLock', name: 'sre-node' },
    ]);
    await child.delete(NodeWorkloadLockKind, { name: 'sre-node' });
    await rack.world.until('the update is over', isDone, 3600);
  });

  it('one at a time: a node that an operator holds by a lock of his own is left alone, and keeps no place of others', async () => {
    const { child, rack } = await begin(3, false, aGroup('first-default', 1, 1));
    const node = (await rack.machine('wk-1')).status?.instanceName ?? '';
    await child.create(aNodeLock('sre', node));
    const asked = new Set<string>();
    await update();
    await rack.world.until(
      'all but the held one are updated',
      async () => {
        for (const { spec } of (await child.list(NodeMaintenanceRequestKind)).items) asked.add(spec.nodeName);
        const { 'wk-2': two, 'wk-3': three } = await kubelets(child);
        return two === 'v1.32.5' && three === 'v1.32.5';
      },
      4 * 3600,
    );
    await rack.world.advance(600);
    const progress = (await rack.world.get(LCMClusterKind, { namespace, name: clusterName })).status?.progress;
    expect([asked.has(node), (await kubelets(child))['wk-1'], progress?.reason, progress?.message]).toEqual([
      false,
      'v1.31.9',
      'HeldByLock',
      'wk-1 is held by lock sre-node of sre; delete the lock, or set it inactive, to let the node go',
    ]);
    expect(await leafOf('Cluster', clusterName)).toEqual({ kind: 'NodeWorkloadLock', name: 'sre-node' });
    await child.delete(NodeWorkloadLockKind, { name: 'sre-node' });
    await rack.world.until('the update is over', isDone, 3600);
  });

  it("one at a time: the holder of a lock with a status is asked after the group's other machines", async () => {
    const { child, rack } = await begin(2, false, aGroup('first-default', 1, 1));
    const node = (await rack.machine('wk-1')).status?.instanceName ?? '';
    const tell = (state: string) =>
      child.patch(NodeWorkloadLockKind, { name: 'backup-node' }, { status: { state } }, { subresource: 'status' });
    await child.create(aNodeLock('backup', node));
    await tell('active');
    await update();
    const isAsked = async (): Promise<boolean> =>
      (await child.list(NodeMaintenanceRequestKind)).items.some(({ spec }) => spec.nodeName === node);
    await rack.world.until('its holder is asked', isAsked, 4 * 3600);
    expect(await kubelets(child)).toMatchObject({ 'wk-1': 'v1.31.9', 'wk-2': 'v1.32.5' });
    await tell('inactive');
    await rack.world.until('the update is over', isDone, 3600);
  });

  it('a budget of zero is named from the Cluster down', async () => {
    const { child, rack } = await begin(2);
    await aHeldPod(rack, child, (await rack.machine('wk-1')).status?.instanceName ?? '');
    await update();
    await rack.world.until(
      'the budget is named',
      async () => (await leafOf('Cluster', clusterName))?.kind === 'PodDisruptionBudget',
      2 * 3600,
    );
    const stuck = async (): Promise<string | undefined> => (await rack.lcm('wk-1')).status?.lcmOperationStuckMessage;
    expect(await stuck()).toBeUndefined();
    await rack.world.until('the attempt has failed', async () => (await stuck()) !== undefined, 2 * 3600);
    expect([await stuck(), (await stagesOf('wk-1'))['Kubernetes drained']]).toEqual(
      Array(2).fill(
        expect.stringMatching(
          /^attempt 1 to drain its node failed.*web\/none holds pod web\/.*Choose: cure it; or annotate/,
        ),
      ),
    );
    await child.patch(PodDisruptionBudgetKind, { namespace: 'web', name: 'none' }, { spec: { maxUnavailable: 1 } });
    await rack.world.until('the update is over', isDone, 2 * 3600);
  });
});
