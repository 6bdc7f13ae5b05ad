import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ClusterKind,
  ClusterMaintenanceRequestKind,
  ClusterReleaseKind,
  ClusterUpgradeStatusKind,
  LCMClusterStateKind,
  MachineKind,
  MachineUpgradeStatusKind,
  NodeKind,
  NodeMaintenanceRequestKind,
} from '@keelson/api';
import { lifecycleRequests } from '@keelson/contracts';
import { pick, seededRandom } from '@keelson/std';
import { apiFaults } from '@keelson/testing';
import { answerUpdates } from '../../../src/update/update.handlers.js';
import { aPlan, clusterName, namespace, nextRelease, nextReleaseName, planIsAsked } from '../rack/rack.js';
import { Updating, aGroup, kubelets } from './updating.js';

const steps = ['k8s-controllers', 'k8s-workers-first-default'];

/** Sequence A of the reference, from a changed release on the Cluster to the last node on it. */
describe('the update of the Kubernetes layer', () => {
  const updating = new Updating();
  const { begin, update, write, isDone, label, leafOf, unfinished, watched } = updating;
  afterEach(() => updating.close());

  it('takes every node to the new version, the control plane one by one, then workers by group', async () => {
    const { child, rack } = await begin(3, false, aGroup('fast', 2, 2), aGroup('first-default', 1, 1));
    await label('wk-2', 'fast');
    await label('wk-3', 'fast');
    expect((await rack.cluster()).status?.providerStatus?.releaseRefs?.available).toMatchObject([
      { name: nextReleaseName },
    ]);
    const before = rack.ran.length;
    await update();
    expect(await watched(child, isDone)).toEqual({ control: 1, worker: 2 });
    expect(await kubelets(child)).toEqual(
      Object.fromEntries(['cp-1', 'cp-2', 'cp-3', 'wk-1', 'wk-2', 'wk-3'].map((name) => [name, 'v1.32.5'])),
    );
    const order = rack.ran
      .slice(before)
      .flatMap((run) => (run.endsWith('/deploy-kubernetes') ? [run.split('/')[0]] : []));
    expect([order.slice(0, 4), order.slice(4).sort()]).toEqual([
      ['cp-1', 'cp-2', 'cp-3', 'wk-1'],
      ['wk-2', 'wk-3'],
    ]);
    await rack.allReady(600);
    expect([
      (await child.list(NodeMaintenanceRequestKind)).items,
      (await child.list(ClusterMaintenanceRequestKind)).items,
      (await rack.world.api.list(LCMClusterStateKind, { namespace })).items,
      (await child.list(NodeKind)).items.filter((node) => node.spec?.unschedulable === true),
      (await rack.cluster()).status?.providerStatus?.releaseRefs?.previous?.name,
    ]).toEqual([[], [], [], [], 'mosk-21-1-0-26-1']);
    expect(await unfinished()).toEqual(
      Object.fromEntries(
        [clusterName, 'cp-1', 'cp-2', 'cp-3', 'wk-1', 'wk-2', 'wk-3'].map((name) => [`${name} to 21.2.0+26.2`, []]),
      ),
    );
    for (const [kind, name, owner] of [
      [ClusterUpgradeStatusKind, clusterName, ClusterKind.kind],
      [MachineUpgradeStatusKind, 'wk-1', MachineKind.kind],
    ] as const) {
      const shown = await rack.world.api.get(kind, { namespace, name });
      expect(shown).toMatchObject({ fromRelease: '21.1.0+26.1', toRelease: '21.2.0+26.2', release: '21.2.0+26.2' });
      expect(shown?.metadata.ownerReferences).toMatchObject([{ kind: owner, name }]);
      expect(shown?.stages.filter(({ success }) => !success)).toEqual([]);
    }
  });

  it('never goes back: the release and the way to it are gone halfway, and it ends when they are restored', async () => {
    const { child, rack } = await begin(1);
    await update();
    await rack.world.until(
      'the control plane has begun',
      async () => (await kubelets(child))['cp-1'] === 'v1.32.5',
      4 * 3600,
    );
    await rack.world.api.delete(ClusterReleaseKind, { name: nextReleaseName });
    await rack.world.until(
      'all machines are on it',
      async () => Object.values(await kubelets(child)).every((version) => version === 'v1.32.5'),
      4 * 3600,
    );
    const { status } = await rack.cluster();
    expect([status?.errorReason, await isDone()]).toEqual(['UnknownRelease', false]);
    await rack.world.apply(nextRelease());
    await rack.world.until('it is over', isDone, 600);
  });

  it('refuses a release to which no way leads', async () => {
    await begin(1);
    await expect(write('mosk-99')).rejects.toThrow('releaseRefs.available');
  });

  it('by a release written by hand where no plan is: no machine is touched, and the plan that is missing is named', async () => {
    const { child, rack } = await begin(1);
    await write();
    await rack.world.advance(1800);
    const { status } = await rack.cluster();
    expect([[...new Set(Object.values(await kubelets(child)))], await leafOf('Cluster', clusterName)]).toEqual([
      ['v1.31.9'],
      { kind: 'ClusterUpdatePlan', namespace, name: 'first-21.2.0' },
    ]);
    expect(status?.progress?.message).toMatch(/there is no ClusterUpdatePlan first-21\.2\.0, by which the owners/);
    await planIsAsked(rack.world);
    await rack.world.until('the update is over', isDone, 2 * 3600);
  });

  it('waits for the steps of its plan, goes on when release-svc asks for them, and answers how far it is', async () => {
    const { child, rack } = await begin(1, false, aGroup('first-default', 1, 1), aPlan(true, ...steps));
    const answering = await answerUpdates({ ...rack.world, phases: rack.phases });
    const query = (step: string) => ({
      namespace,
      cluster: clusterName,
      plan: 'first-21.2.0',
      step,
      target: nextReleaseName,
    });
    const ask = (step: string, hold?: string) =>
      rack.world.bus.request(
        lifecycleRequests.cluster.update,
        { ...query(step), ...(hold === undefined ? {} : { hold }) },
        { timeoutMs: 5000 },
      );
    const progress = (step: string) =>
      rack.world.bus.request(lifecycleRequests.cluster.progress, query(step), { timeoutMs: 5000 });
    await update();
    await rack.world.advance(1800);
    expect([await progress('k8s-controllers'), await kubelets(child)]).toMatchObject([
      { status: 'NotAsked' },
      { 'cp-1': 'v1.31.9' },
    ]);
    await ask('k8s-controllers');
    await rack.world.until(
      'the control plane is updated',
      async () => (await progress('k8s-controllers')).status === 'Completed',
      2 * 3600,
    );
    await ask('k8s-workers-first-default', 'the alert Fire fires');
    await rack.world.advance(1800);
    expect([
      (await kubelets(child))['wk-1'],
      await leafOf('LCMCluster', clusterName),
      await progress('k8s-workers-first-default'),
    ]).toMatchObject([
      'v1.31.9',
      { kind: 'ClusterUpdatePlan', name: 'first-21.2.0' },
      { status: 'InProgress', hold: 'the alert Fire fires', machines: [{ name: 'wk-1', state: 'waiting' }] },
    ]);
    await ask('k8s-workers-first-default');
    await rack.world.until('the update is over', isDone, 2 * 3600);
    expect(await progress('mcc-components')).toMatchObject({ status: 'Completed' });
    await Promise.all(answering.map((subscription) => subscription.stop()));
  });

  it.each([1, 2])(
    'the service killed again and again in the middle, calls and answers lost: no budget is overdrawn (seed %i)',
    async (seed) => {
      const { child, rack } = await begin(2, true, aGroup('first-default', 1, 1, true));
      const random = seededRandom(`update/${seed}`);
      updating.fault = () => (random.next() < 0.06 ? pick(random, apiFaults) : undefined);
      await update();
      expect(await watched(child, isDone)).toEqual({ control: 1, worker: 1 });
      updating.fault = () => undefined;
      expect([...new Set(Object.values(await kubelets(child)))]).toEqual(['v1.32.5']);
      expect([...rack.restarts].sort()).toEqual(['srv-4', 'srv-5']);
      await rack.allReady(900);
      await rack.world.until(
        'every stage is shown to be over',
        async () => Object.values(await unfinished()).every((left) => left.length === 0),
        600,
      );
    },
  );
});
