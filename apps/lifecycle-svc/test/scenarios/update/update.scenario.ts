import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ClusterKind,
  ClusterUpgradeStatusKind,
  ClusterMaintenanceRequestKind,
  ClusterReleaseKind,
  ClusterWorkloadLockKind,
  type KubeObject,
  LCMClusterKind,
  LCMClusterStateKind,
  LCMClusterUpgradeStatusKind,
  LCMMachineUpgradeStatusKind,
  MachineKind,
  MachineUpgradeStatusKind,
  NodeKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
} from '@keelson/api';
import { lifecycleRequests } from '@keelson/contracts';
import type { KubeApi } from '@keelson/kube';
import { pick, seededRandom } from '@keelson/std';
import { type FaultRule, apiFaults } from '@keelson/testing';
import { answerUpdates } from '../../../src/update/update.handlers.js';
import { aClusterLock, aGracefulReboot, aHeldPod, aNodeLock } from '../protocol.js';
import {
  type Rack,
  aKaasRelease,
  aPlan,
  aRack,
  clusterName,
  namespace,
  nextRelease,
  nextReleaseName,
  planIsAsked,
  theCluster,
} from '../rack/rack.js';

const steps = ['k8s-controllers', 'k8s-workers-first-default'];

/** Sequence A of the reference, from a changed release on the Cluster to the last node on it, and what can hold it up. */
describe('the update of the Kubernetes layer', () => {
  let rack: Rack;
  let fault: FaultRule = () => undefined;
  afterEach(async () => {
    fault = () => undefined;
    await rack.close();
  });

  async function begin(workers: number, reboots = false, ...more: readonly KubeObject[]): Promise<KubeApi> {
    rack = await aRack({ servers: 3 + workers, hermetic: { faults: { api: (call) => fault(call) } } });
    await rack.world.apply(nextRelease(), aKaasRelease(reboots), ...more, ...theCluster(workers));
    await rack.allReady();
    return rack.child();
  }

  const update = async (): Promise<void> => {
    await planIsAsked(rack.world);
    await write();
  };
  const write = (release = nextReleaseName): Promise<unknown> =>
    rack.world.api.patch(
      ClusterKind,
      { namespace, name: clusterName },
      { spec: { providerSpec: { value: { release } } } },
    );
  const current = async (): Promise<string | undefined> =>
    (await rack.cluster()).status?.providerStatus?.releaseRefs?.current?.name;
  const isDone = async (): Promise<boolean> => (await current()) === nextReleaseName;
  const kubelets = async (child: KubeApi): Promise<Record<string, string | undefined>> =>
    Object.fromEntries(
      (await child.list(NodeKind)).items.map((node) => [
        node.metadata.labels?.['kaas.mirantis.com/machine-name'] ?? '',
        node.status?.nodeInfo?.['kubeletVersion'],
      ]),
    );
  const label = (machine: string, group: string): Promise<unknown> =>
    rack.world.api.patch(
      MachineKind,
      { namespace, name: machine },
      { metadata: { labels: { 'kaas.mirantis.com/update-group': group } } },
    );
  const leafOf = async (kind: string, name: string) =>
    (await rack.manager.why(kind, { namespace, name })).chain.at(-1)?.object;
  /** What the upgrade statuses of a cluster and its machines show: the stages that are not over, by name of the object. */
  const unfinished = async (): Promise<Record<string, readonly string[]>> =>
    Object.fromEntries(
      [
        ...(await rack.world.api.list(LCMClusterUpgradeStatusKind, { namespace })).items,
        ...(await rack.world.api.list(LCMMachineUpgradeStatusKind, { namespace })).items,
      ].map(({ metadata, release, stages }) => [
        `${metadata.name} to ${release}`,
        stages.filter(({ success }) => !success).map(({ name }) => name),
      ]),
    );
  const stagesOf = async (machine: string): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await rack.world.api.get(LCMMachineUpgradeStatusKind, { namespace, name: machine }))?.stages.map((stage) => [
        stage.name,
        stage.message ?? stage.status,
      ]) ?? [],
    );
  /** The most nodes of each part that were out of use at once. */
  async function watched(child: KubeApi, until: () => Promise<boolean>): Promise<{ control: number; worker: number }> {
    const most = { control: 0, worker: 0 };
    await rack.world.until(
      'the update is over',
      async () => {
        const out = new Set((await child.list(NodeMaintenanceRequestKind)).items.map(({ spec }) => spec.nodeName));
        const machines = (await rack.machines()).filter(({ status }) => out.has(status?.instanceName ?? ''));
        const control = machines.filter(({ metadata }) => metadata.name.startsWith('cp')).length;
        most.control = Math.max(most.control, control);
        most.worker = Math.max(most.worker, machines.length - control);
        return until();
      },
      4 * 3600,
    );
    return most;
  }

  it('takes every node to the new version, the control plane one by one, then workers by group', async () => {
    const child = await begin(3, false, aGroup('fast', 2, 2), aGroup('first-default', 1, 1));
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
    const child = await begin(1);
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

  it('a lock of the cluster holds it before the first node; a foreign lock holds its node alone and is named from the Cluster', async () => {
    const child = await begin(2, false, aGroup('first-default', 1, 2));
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
    const child = await begin(3, false, aGroup('first-default', 1, 1));
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
    const child = await begin(2, false, aGroup('first-default', 1, 1));
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

  it('restarts hosts where the way asks for it and the group allows it; one that never returns stops its group and is named', async () => {
    const child = await begin(2, true, aGroup('first-default', 1, 1, true));
    rack.lost.add('srv-4');
    await update();
    await rack.world.until('the host of wk-1 restarts', () => rack.restarts.length > 0, 2 * 3600);
    await rack.world.advance(3600);
    expect([rack.restarts, (await kubelets(child))['wk-2'], await leafOf('Cluster', clusterName)]).toMatchObject([
      ['srv-4'],
      'v1.31.9',
      { kind: 'Agent', name: 'wk-1' },
    ]);
    rack.lost.delete('srv-4');
    await rack.mend('srv-4');
    await rack.world.until('the update is over', isDone, 2 * 3600);
    expect([rack.restarts, (await rack.lcm('wk-2')).spec.rebootRequired]).toEqual([['srv-4', 'srv-5'], false]);
    await rack.allReady(600);
  });

  it('without restarts leaves them to the operator, by name; any restart of a host will do', async () => {
    await begin(2, true, aGroup('first-default', 1, 1));
    await update();
    await rack.world.until('the update is over', isDone, 4 * 3600);
    await rack.allReady(600);
    const due = async (): Promise<unknown> => [
      (await rack.cluster()).status?.providerStatus?.conditions?.find(({ type }) => type === 'RebootMachines'),
      (await rack.machines()).flatMap(({ metadata, status }) =>
        status?.providerStatus?.reboot?.required === true ? [metadata.name] : [],
      ),
    ];
    const all = ['cp-1', 'cp-2', 'cp-3', 'wk-1', 'wk-2'];
    const advice = 'ask for it by a GracefulRebootRequest first';
    await rack.world.advance(300);
    expect([rack.restarts, await due(), (await rack.machine('wk-1')).status?.providerStatus?.reboot]).toEqual([
      [],
      [{ type: 'RebootMachines', ready: false, message: `to be restarted: ${all.join(', ')}; ${advice}` }, all],
      { required: true, reason: 'the update to 21.2.0+26.2 ends with a restart, which is still due' },
    ]);
    rack.cut('srv-4');
    await rack.world.advance(60);
    await rack.mend('srv-4');
    await rack.world.until('the others are left', async () => JSON.stringify(await due()).match(/wk-1/u) === null, 600);
    await rack.allReady(1800);
    await rack.world.apply(aGracefulReboot('wk-2', 'cp-1', 'cp-2', 'cp-3'));
    await rack.world.until('none is left', async () => JSON.stringify(await due()) === '[null,[]]', 2 * 3600);
    expect([...rack.restarts].sort()).toEqual(['srv-1', 'srv-2', 'srv-3', 'srv-5']);
  });

  it('a failing item holds its group; cured, it goes on from there', async () => {
    const child = await begin(2);
    rack.failures.set('wk-1/deploy-kubernetes', [1, 1, 1]);
    await update();
    await rack.world.until(
      'the failure is told on the Cluster',
      async () => (await rack.cluster()).status?.progress?.message?.includes('item deploy-kubernetes failed') === true,
      2 * 3600,
    );
    expect((await kubelets(child))['wk-2']).toBe('v1.31.9');
    expect(await stagesOf('wk-1')).toMatchObject({
      'Node workload locks inactive': 'Success',
      'Kubernetes drained': 'Success',
      'Prepare phase done': 'Success',
      'Deploy phase done': expect.stringContaining('item deploy-kubernetes failed'),
      'Reconfigure phase done': 'NotStarted',
    });
    await rack.world.until('the update is over', isDone, 2 * 3600);
  });

  it('the agent of the release comes first; one that never reports is given up, named on the Cluster, and tried again', async () => {
    const child = await begin(2);
    const agents = async (): Promise<readonly (string | undefined)[]> =>
      Promise.all(['cp-1', 'wk-1', 'wk-2'].map(async (name) => (await rack.lcm(name)).status?.agentVersion));
    expect(await agents()).toEqual(['1.42.0', '1.42.0', '1.42.0']);
    rack.deadAgents.add('srv-4');
    await update();
    await rack.world.until(
      'it is told on the Cluster',
      async () =>
        (await rack.cluster()).status?.progress?.message?.includes(
          'the agent stays at version 1.42.0 instead of 1.43.0',
        ) === true,
      2 * 3600,
    );
    expect([await agents(), (await kubelets(child))['wk-1'], (await stagesOf('wk-1'))['Agent upgraded']]).toEqual([
      ['1.43.0', '1.42.0', '1.42.0'],
      'v1.31.9',
      expect.stringContaining('it did not report within five minutes'),
    ]);
    rack.deadAgents.clear();
    await rack.world.until('the update is over', isDone, 2 * 3600);
    expect([await agents(), await stagesOf('wk-1')]).toMatchObject([
      ['1.43.0', '1.43.0', '1.43.0'],
      { 'Agent upgraded': 'Success' },
    ]);
  });

  it('a budget of zero is named from the Cluster down', async () => {
    const child = await begin(2);
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
    await child.patch(
      {
        group: 'policy',
        version: 'v1',
        kind: 'PodDisruptionBudget',
        plural: 'poddisruptionbudgets',
        scope: 'Namespaced',
        hasStatus: true,
      },
      { namespace: 'web', name: 'none' },
      { spec: { maxUnavailable: 1 } },
    );
    await rack.world.until('the update is over', isDone, 2 * 3600);
  });

  it.each([1, 2])(
    'the service killed again and again in the middle, calls and answers lost: no budget is overdrawn (seed %i)',
    async (seed) => {
      const child = await begin(2, true, aGroup('first-default', 1, 1, true));
      const random = seededRandom(`update/${seed}`);
      fault = () => (random.next() < 0.06 ? pick(random, apiFaults) : undefined);
      await update();
      expect(await watched(child, isDone)).toEqual({ control: 1, worker: 1 });
      fault = () => undefined;
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

  it('by a release written by hand where no plan is: no machine is touched, and the plan that is missing is named', async () => {
    const child = await begin(1);
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
    const child = await begin(1, false, aGroup('first-default', 1, 1), aPlan(true, ...steps));
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
});

function aGroup(name: string, index: number, concurrentUpdates: number, rebootIfUpdateRequires = false): KubeObject {
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'UpdateGroup',
    metadata: { name, namespace, labels: { 'cluster.sigs.k8s.io/cluster-name': clusterName } },
    spec: { index, concurrentUpdates, rebootIfUpdateRequires },
  } as KubeObject;
}
