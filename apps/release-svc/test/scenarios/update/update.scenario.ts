import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClusterKind,
  ClusterUpdatePlanKind,
  type KubeObject,
  MachineKind,
  UpdateAutoPauseKind,
  UpdateGroupKind,
} from '@keelson/api';
import { PastSteps } from '../../../src/past/past-steps.js';
import { timelineOf } from '../../../src/timeline/timeline.js';
import { aCloud, type Cloud, type StandIns, clusterName, namespace, planName, reportCluster } from '../cloud.js';

const steps = ['openstack', 'ceph', 'k8s-controllers', 'k8s-workers-cloud-default', 'mcc-components'];

describe('the update of a cluster', () => {
  let cloud: Cloud;
  beforeEach(async () => {
    cloud = await aCloud();
  });
  afterEach(() => cloud.world.close());

  it('is offered with steps, impact and estimates, beside the groups of the system; and nothing begins by itself', async () => {
    const { spec } = await cloud.plan();
    expect(spec).toMatchObject({ cluster: clusterName, source: 'mosk-a', target: 'mosk-b' });
    expect(spec.steps.map(({ id }) => id)).toEqual(steps);
    expect(spec.steps.map(({ duration }) => duration?.estimated)).toEqual([
      '45m0s',
      '50m0s',
      '45m0s',
      '30m0s',
      '40m0s',
    ]);
    expect(spec.steps.every(({ commence, impact }) => !commence && impact?.users !== undefined)).toBe(true);
    const groups = (await cloud.world.api.list(UpdateGroupKind, { namespace })).items;
    expect(groups.map(({ metadata }) => metadata.name).sort()).toEqual(['cloud-controlplane', 'cloud-default']);
    await cloud.world.advance(600);
    expect((await cloud.plan()).status).toMatchObject({ status: 'NotStarted' });
    expect(cloud.owners.ordered).toEqual([]);
  });

  it('runs strictly in order when all of it is commenced ahead, and writes the release to the Cluster first', async () => {
    await cloud.commence(...steps);
    await cloud.until('openstack', 'InProgress');
    const cluster = await cloud.world.get(ClusterKind, { namespace, name: clusterName });
    expect(cluster.spec.providerSpec.value?.release).toBe('mosk-b');
    expect((await cloud.statuses())['ceph']).toBe('Scheduled');
    await cloud.until('k8s-workers-cloud-default', 'InProgress');
    const workers = async () =>
      (await cloud.plan()).status?.steps?.find(({ id }) => id === 'k8s-workers-cloud-default');
    await cloud.world.until('two are updated', async () => ((await workers())?.machines?.updated ?? 0) >= 2, 300);
    const working = await workers();
    const updated = working?.machines?.updated ?? 0;
    expect(working?.machines).toMatchObject({ total: 6, updated, updating: [`wk-${updated + 1}`] });
    expect(updated).toBeLessThan(6);
    expect(working?.estimatedFinish).toBeDefined();
    const key = { namespace, name: planName };
    const outlook = expect.stringMatching(/^the whole update is likely over at /);
    expect((await cloud.manager.plan('ClusterUpdatePlan', key)).lines).toContainEqual(outlook);
    expect((await cloud.manager.why('ClusterUpdatePlan', key)).chain[0]).toMatchObject({ outlook });
    await cloud.until('mcc-components', 'Completed');
    expect((await cloud.plan()).status?.estimatedFinish).toBeUndefined();
    expect(cloud.owners.ordered).toEqual(steps);
    expect((await cloud.plan()).status).toMatchObject({ status: 'Completed', message: 'cloud runs mosk-b' });
  });

  it('tells how much of a step is done, and keeps when it got so far for the forecasts to come', async () => {
    await cloud.commence('openstack');
    await cloud.until('openstack', 'InProgress');
    const openstack = async () => (await cloud.plan()).status?.steps?.[0];
    await cloud.world.until('half of it is done', async () => ((await openstack())?.percent ?? 0) >= 50, 300);
    await cloud.until('openstack', 'Completed');
    expect((await openstack())?.percent).toBeUndefined();
    const pace = (await new PastSteps(cloud.world.records).pacesOf({ namespace, name: clusterName }, '')).get(
      'openstack',
    );
    const points = pace?.past[0] ?? [];
    expect(points.length).toBeGreaterThan(4);
    for (const { work, time } of points) expect(Math.abs(work - time)).toBeLessThan(0.25);
  });

  it('foretells its end anew only when a step takes longer than was thought', async () => {
    cloud.owners.stuck.add('openstack');
    await cloud.commence(...steps);
    await cloud.until('openstack', 'InProgress');
    const told = new Set<string>();
    for (let minutes = 0; minutes < 360; minutes += 2) {
      await cloud.world.advance(120);
      const { status } = await cloud.plan();
      expect(Date.parse(status?.estimatedFinish?.latest ?? '')).toBeGreaterThan(cloud.world.clock.now() - 61_000);
      told.add(JSON.stringify([status?.estimatedFinish, status?.steps?.[0]?.estimatedFinish]));
    }
    expect(told.size).toBeGreaterThan(1);
    expect(told.size).toBeLessThan(10);
  });

  it('begins nothing while only a later step is commenced, and says which one it waits for', async () => {
    await cloud.commence('ceph');
    await cloud.world.advance(60);
    expect(cloud.owners.ordered).toEqual([]);
    expect((await cloud.statuses())['ceph']).toBe('Scheduled');
    expect((await cloud.plan()).status).toMatchObject({
      status: 'NotStarted',
      message: 'openstack: waits for commence: true',
      progress: { reason: 'NotCommenced' },
    });
  });

  it('goes step by step as an operator commences them, and says what it waits for in between', async () => {
    await cloud.commence('openstack');
    await cloud.until('openstack', 'Completed');
    await cloud.world.advance(60);
    expect(cloud.owners.ordered).toEqual(['openstack']);
    expect((await cloud.plan()).status).toMatchObject({
      status: 'InProgress',
      message: 'ceph: waits for commence: true',
      progress: { reason: 'NotCommenced' },
    });
    await cloud.commence('openstack', 'ceph', 'k8s-controllers');
    await cloud.until('ceph', 'InProgress');
    await cloud.commence('openstack', 'ceph');
    await cloud.until('ceph', 'Completed');
    await cloud.world.advance(60);
    expect((await cloud.statuses())['k8s-controllers']).toBe('NotStarted');
    await expect(cloud.commence('openstack')).rejects.toThrow(/cannot be taken back/);
  });

  it('stops at a failure with its reason, and goes on from there once it is cured', async () => {
    cloud.owners.failing.set('ceph', 'osd.3 does not come back');
    await cloud.commence(...steps);
    await cloud.until('ceph', 'Failed');
    await cloud.world.advance(600);
    expect((await cloud.plan()).status).toMatchObject({ status: 'Failed', message: 'ceph: osd.3 does not come back' });
    expect(cloud.owners.ordered).toEqual(['openstack', 'ceph']);
    cloud.owners.failing.clear();
    await cloud.until('mcc-components', 'Completed');
    expect(cloud.owners.ordered).toEqual(steps);
  });

  it('begins by a release written to the Cluster by hand: that commences everything', async () => {
    await cloud.world.api.patch(
      ClusterKind,
      { namespace, name: clusterName },
      { spec: { providerSpec: { value: { release: 'mosk-b' } } } },
    );
    await cloud.until('mcc-components', 'Completed');
    expect((await cloud.plan()).spec.steps.every(({ commence }) => commence)).toBe(true);
  });

  it.each([
    ['in maintenance', { maintenance: true }, /maintenance mode/],
    ['not ready', { ready: false }, /is not ready/],
  ])('does not begin while the cluster is %s, and says so', async (_what, state, message) => {
    await reportCluster(cloud.world, 'mosk-a', state);
    await cloud.commence(...steps);
    await cloud.world.advance(120);
    const { status } = await cloud.plan();
    expect(status?.message).toMatch(message);
    expect(cloud.owners.ordered).toEqual([]);
    await reportCluster(cloud.world, 'mosk-a', { maintenance: false });
    await cloud.until('openstack', 'InProgress', 120);
  });

  it.each([
    [
      'refuses its step',
      (owners: StandIns) => void owners.refusing.set('ceph', 'too new for its OSDs'),
      'OwnerRefuses',
    ],
    ['of the first step does not answer', (owners: StandIns) => owners.leave('openstack'), 'OwnerAbsent'],
  ])('writes no release to the Cluster while an owner %s', async (_what, act, reason) => {
    await act(cloud.owners);
    await cloud.commence(...steps);
    await cloud.world.advance(300);
    const release = async () =>
      (await cloud.world.get(ClusterKind, { namespace, name: clusterName })).spec.providerSpec.value?.release;
    expect([await release(), cloud.owners.ordered]).toEqual(['mosk-a', []]);
    expect((await cloud.plan()).status).toMatchObject({ status: 'NotStarted', progress: { reason } });
    cloud.owners.refusing.clear();
    await cloud.owners.return();
    await cloud.until('openstack', 'InProgress', 120);
    expect(await release()).toBe('mosk-b');
  });

  it('is paused by an alert of the list: what is not started is taken back, workers are held; then it is resumed', async () => {
    await cloud.commence(...steps);
    await cloud.until('k8s-workers-cloud-default', 'InProgress');
    await cloud.world.apply({
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'UpdateAutoPause',
      metadata: { name: clusterName, namespace },
      spec: { alerts: ['NovaServiceDown'] },
    } as KubeObject);
    const key = { namespace, name: clusterName };
    await cloud.world.report(UpdateAutoPauseKind, key, { firingAlerts: ['NovaServiceDown'] });
    await cloud.world.until('it is paused', async () => (await cloud.plan()).status?.status === 'AutoPaused', 120);
    await cloud.world.until(
      'commence is gone',
      async () => (await cloud.plan()).spec.steps.slice(3).every(({ commence }) => !commence),
      60,
    );
    expect(cloud.owners.holdOf('k8s-workers-cloud-default')).toMatch(/NovaServiceDown/);
    await cloud.world.report(UpdateAutoPauseKind, key, { firingAlerts: [] });
    await cloud.world.advance(900);
    expect((await cloud.plan()).status).toMatchObject({ status: 'AutoPaused' });
    await cloud.commence(...steps);
    await cloud.until('mcc-components', 'Completed');
  });

  it('leaves records from which the next estimate is made', async () => {
    await cloud.commence(...steps);
    await cloud.until('mcc-components', 'Completed');
    const rows = await cloud.world.records.history({ kind: 'UpdateStep', namespace, name: 'cloud.ceph' });
    expect(rows.map(({ from, to }) => `${from} to ${to}`)).toEqual([
      'NotStarted to Scheduled',
      'Scheduled to InProgress',
      'InProgress to Completed',
    ]);
    expect(
      (await cloud.world.records.history({ kind: 'UpdateMachine', namespace, name: 'wk-3' })).map(({ to }) => to),
    ).toEqual(['InProgress', 'Completed']);
    const machines = (await cloud.world.api.list(MachineKind, { namespace })).items.map(
      ({ metadata }) => metadata.name,
    );
    const past = new PastSteps(cloud.world.records);
    const timeline = await timelineOf(await cloud.plan(), machines, past, cloud.world.clock.now());
    expect(timeline.spans.filter(({ what }) => what === 'step').map(({ name }) => name)).toEqual(steps);
    expect(timeline.spans.filter(({ what }) => what === 'machine')).toHaveLength(6);
    expect(timeline.spans.every(({ finishedAt, failed }) => finishedAt !== undefined && !failed)).toBe(true);
    const { uid } = (await cloud.plan()).metadata;
    const key = { namespace, name: planName };
    await cloud.world.api.delete(ClusterUpdatePlanKind, key);
    const isAnew = async (): Promise<boolean> => {
      const found = await cloud.world.find(ClusterUpdatePlanKind, key);
      return found !== undefined && found.metadata.uid !== uid;
    };
    await cloud.world.until('it is offered again', isAnew, 600);
    const ceph = (await cloud.plan()).spec.steps.find(({ id }) => id === 'ceph');
    expect(ceph?.duration?.info).toMatch(/1 earlier update/);
  });
});

describe('an update whose step has no owner', () => {
  it('says who is missing, and goes on when it is there', async () => {
    const cloud = await aCloud();
    try {
      await cloud.owners.leave('ceph');
      await cloud.commence(...steps);
      await cloud.until('openstack', 'Completed');
      await cloud.world.advance(60);
      expect((await cloud.plan()).status).toMatchObject({
        message: expect.stringMatching(/^ceph: blocked: storage-svc, which brings this step about, does not answer/),
        progress: { reason: 'OwnerAbsent', waitingOn: { kind: 'Service', name: 'storage-svc' } },
      });
      await cloud.owners.join('ceph');
      await cloud.until('mcc-components', 'Completed');
    } finally {
      await cloud.world.close();
    }
  });
});
