import { describe, expect, it } from '@jest/globals';
import {
  type Cluster,
  type ClusterRelease,
  type ClusterUpdatePlan,
  type ClusterUpdatePlanStatus,
  type License,
  type UpdateAutoPause,
  type UpdateStep,
} from '@keelson/api';
import type { UpdateWorld } from './plan.observe.js';
import { planUpdate } from './plan.plan.js';
import { updateStatus } from './plan.status.js';

const [source, target] = ['mosk-21-1-0-26-1', 'mosk-21-2-0-26-2'];
const now = Date.parse('2026-01-01T00:10:00Z');
const earlier = '2026-01-01T00:05:00.000Z';

describe('an update that begins', () => {
  it('says so before the release is written to the cluster', () => {
    const first = look({ commence: true });
    expect(first).toMatchObject({
      steps: ['hold'],
      status: { status: 'InProgress', startedAt: '2026-01-01T00:10:00.000Z' },
    });
    expect(look({ commence: true, status: first.status, held: true }).steps).toEqual(['set-release']);
  });

  it('does not begin over an alert that fires, and says so', () => {
    expect(look({ commence: true, alerts: ['CephClusterHealthCritical'] })).toEqual({
      steps: [],
      status: expect.objectContaining({ status: 'AutoPaused' }),
    });
  });

  it('does not stay begun where the cluster is not ready before the release is written', () => {
    const { steps, status } = look({ commence: true, status: { startedAt: earlier }, ready: false });
    expect(steps).toEqual([]);
    expect(status).not.toHaveProperty('startedAt');
    expect(status).toMatchObject({ status: 'NotStarted', message: expect.stringContaining('is not ready') });
  });

  it('lets another go first that began before, and goes before one that began later', () => {
    const other = (startedAt: string) => planOf({ commence: true, status: { startedAt } }, 'first-21.3.0');
    const at = (startedAt: string) =>
      look({ commence: true, held: true, status: { startedAt: '2026-01-01T00:06:00Z' }, others: [other(startedAt)] })
        .steps;
    expect(at(earlier)).toEqual([]);
    expect(at('2026-01-01T00:07:00Z')).toEqual(['set-release']);
    expect(at('2026-01-01T00:06:00Z')).toEqual(['set-release']);
  });
});

describe('an update that is commenced and held', () => {
  const other = planOf({ commence: true, status: { status: 'Failed', startedAt: earlier } }, 'first-21.3.0');
  const license = { metadata: { name: 'license' }, status: { expired: true } } as License;
  const exceeded = {
    metadata: { name: 'license' },
    status: { limits: { workersPerCluster: 1 }, usage: { clusters: 1, workers: { 'demo/first': 2 } } },
  } as unknown as License;
  it.each<readonly [string, Partial<Given>, Partial<UpdateWorld>, object]>([
    ['by more than its license allows', {}, { license: exceeded }, { kind: 'License', name: 'license' }],
    ['by another update', { others: [other] }, {}, { kind: 'ClusterUpdatePlan', name: 'first-21.3.0' }],
    ['by its license', {}, { license }, { kind: 'License', name: 'license' }],
    ['by a release that is gone', {}, { target: undefined }, { kind: 'ClusterRelease', name: target }],
    ['by a cluster that is not ready', { ready: false }, {}, { kind: 'Cluster', name: 'first' }],
    ['by a cluster that is gone', { cluster: 'gone' }, {}, { kind: 'Cluster', name: 'first' }],
  ])('%s names it', (_by, given, more, on) => {
    const { outcome } = planUpdate({ ...worldOf({ commence: true, ...given }), ...more });
    expect(outcome).toMatchObject({ type: 'waiting', on });
  });

  it('by a pause names the alerts while they fire, and itself afterwards', () => {
    const paused = (alerts: readonly string[]) =>
      planUpdate(worldOf({ commence: false, status: { status: 'AutoPaused' }, alerts })).outcome;
    expect([paused(['CephClusterHealthCritical']), paused([])]).toMatchObject([
      { on: { kind: 'UpdateAutoPause', name: 'first' } },
      { on: { kind: 'ClusterUpdatePlan', name: 'first-21.2.0' } },
    ]);
  });
});

describe('an update that is offered and whose target does not fit', () => {
  const refusal = { answered: true, answer: { status: 'Failed', message: 'b does not know antelope: upgrade first' } };
  const refused = { beforehand: new Map([['openstack', refusal]]) } as Partial<UpdateWorld>;
  const release = {
    metadata: { name: target },
    spec: { version: '21.2.0+26.2', allowedDistributions: [{ id: 'ubuntu/noble' }] },
  } as ClusterRelease;
  const on = (distribution: string) => ['wk-1', 'wk-2', 'wk-3', 'wk-4'].map((machine) => ({ machine, distribution }));
  const tell = (more: Partial<UpdateWorld>, given: Partial<Given> = {}) => {
    const world = { ...worldOf({ commence: false, ...given }), ...more };
    const plan = planUpdate(world);
    const result = { plan, done: plan.steps, outcome: plan.outcome, attempt: 0, now };
    return { outcome: plan.outcome, message: updateStatus(world, result)?.message };
  };

  it('says so before anybody commences it, names what holds it and how to mend that', () => {
    const message = 'openstack-svc refuses openstack: b does not know antelope: upgrade first';
    expect(tell(refused)).toMatchObject({ outcome: { type: 'waiting', reason: 'OwnerRefuses', message }, message });
    expect(tell({ target: release, installed: on('ubuntu/jammy') })).toMatchObject({
      outcome: { reason: 'DistributionNotAllowed', on: { kind: 'Machine', namespace: 'demo', name: 'wk-1' } },
      message:
        '21.2.0+26.2 has no ubuntu/jammy, which wk-1, wk-2, wk-3 and 1 more have: replace each by a Machine whose spec.providerSpec.value.distribution is ubuntu/noble first',
    });
  });

  it('says nothing of it once that is cured, or where the release names no operating systems', () => {
    const fits = { outcome: { type: 'settled' }, message: 'openstack: waits for commence: true' };
    expect(tell({ target: release, installed: on('ubuntu/noble') })).toMatchObject(fits);
    expect(tell({ installed: on('ubuntu/jammy') })).toMatchObject(fits);
    const silent = { answered: false, service: 'openstack-svc', why: 'no answer' } as const;
    expect(tell({ beforehand: new Map([['openstack', silent]]) })).toMatchObject(fits);
  });

  it('does not begin when it is commenced all the same', () => {
    const held = { target: release, installed: on('ubuntu/jammy') };
    expect(tell(held, { commence: true }).outcome).toMatchObject({ reason: 'DistributionNotAllowed' });
    expect(planUpdate({ ...worldOf({ commence: true }), ...held }).steps).not.toContainEqual(
      expect.objectContaining({ type: 'set-release' }),
    );
  });
});

describe('a release on the cluster', () => {
  it('that was written by hand commences all steps', () => {
    expect(look({ commence: false, written: true }).steps).toEqual(['hold']);
    expect(look({ commence: false, written: true, held: true }).steps).toEqual(['commence-all']);
  });

  it('does not commence again what an operator withdrew', () => {
    const { steps, status } = look({
      commence: false,
      written: true,
      held: true,
      status: { status: 'InProgress', startedAt: earlier },
    });
    expect(steps).toEqual([]);
    expect(status).toMatchObject({ startedAt: earlier, message: 'openstack: waits for commence: true' });
  });

  it.each([[['CephClusterHealthCritical']], [[]]])(
    'does not commence again what a pause has stopped, alerts %j',
    (alerts) => {
      const { steps, status } = look({
        commence: false,
        written: true,
        held: true,
        status: { status: 'AutoPaused' },
        alerts,
      });
      expect(steps).toEqual([]);
      expect(status).toMatchObject({ status: 'AutoPaused' });
    },
  );
});

describe('a plan that is deleted', () => {
  const inProgress = { status: 'InProgress', startedAt: earlier } as const;

  it('stays while its update is under way, and says so', () => {
    const { steps, status } = look({ commence: true, written: true, held: true, deleted: true, status: inProgress });
    expect(steps).toEqual([]);
    expect(status).toMatchObject({ message: expect.stringMatching(/the plan is deleted once the update is over$/) });
  });

  it.each([
    ['its update is over', { written: true, status: { ...inProgress, status: 'Completed' } }],
    ['nothing has begun', { status: inProgress }],
    ['its cluster is gone', { written: true, status: inProgress, cluster: 'gone' }],
    ['its cluster is deleted', { written: true, status: inProgress, cluster: 'deleted' }],
  ] as const)('goes where %s', (_where, given) => {
    expect(look({ commence: true, held: true, deleted: true, ...given })).toEqual({ steps: ['let-go'] });
  });

  it('is let go of at the end of its update, deleted or not', () => {
    const over = { written: true, held: true, status: { ...inProgress, status: 'Completed' } } as const;
    const steps = ['openstack', 'ceph'].map((id) => ({ id, status: 'Completed' as const, startedAt: earlier }));
    expect(look({ commence: true, ...over, status: { ...over.status, steps } }).steps).toEqual(['let-go']);
  });
});

interface Given {
  readonly held?: boolean;
  readonly deleted?: boolean;
  readonly cluster?: 'gone' | 'deleted';
  readonly commence: boolean;
  readonly written?: boolean;
  readonly ready?: boolean;
  readonly alerts?: readonly string[];
  readonly status?: Partial<ClusterUpdatePlanStatus>;
  readonly others?: readonly ClusterUpdatePlan[];
}

/** What would be done, by the types of the steps (records aside), and the status that follows. */
function look(given: Given) {
  const world = worldOf(given);
  const plan = planUpdate(world);
  const types = plan.steps.map(({ type }) => type).filter((type) => type !== 'record');
  return {
    steps: types,
    status: updateStatus(world, { plan, done: plan.steps, outcome: plan.outcome, attempt: 0, now }),
  };
}

function worldOf({ written = false, ready = true, alerts = [], others = [], ...given }: Given): UpdateWorld {
  const cluster: Cluster = {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: {
      name: 'first',
      namespace: 'demo',
      ...(given.cluster === 'deleted' ? { deletionTimestamp: earlier } : {}),
    },
    spec: { providerSpec: { value: { release: written ? target : source } } },
    status: { providerStatus: { ready, releaseRefs: { current: { name: source } } } },
  } as Cluster;
  const autoPause = {
    metadata: { name: 'first', namespace: 'demo' },
    spec: { alerts: ['CephClusterHealthCritical'] },
    status: { firingAlerts: alerts },
  } as UpdateAutoPause;
  return {
    now,
    plan: planOf(given),
    cluster: given.cluster === 'gone' ? undefined : cluster,
    target: { metadata: { name: target }, spec: { version: '21.2.0+26.2' } } as ClusterRelease,
    groups: [],
    autoPause,
    license: undefined,
    others,
    said: new Map(),
    beforehand: new Map(),
    finishes: { steps: new Map(), whole: undefined },
    failing: new Set(),
    recorded: new Set(),
    machines: [],
    installed: [],
    traced: 'no',
  };
}

function planOf({ commence, status, held, deleted }: Omit<Given, 'others'>, name = 'first-21.2.0'): ClusterUpdatePlan {
  const steps = ['openstack', 'ceph'].map((id) => ({ id, name: id, commence }) as UpdateStep);
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'ClusterUpdatePlan',
    metadata: {
      name,
      namespace: 'demo',
      uid: 'u-1',
      ...(held === true ? { finalizers: ['clusterupdateplan.kaas.mirantis.com'] } : {}),
      ...(deleted === true ? { deletionTimestamp: earlier } : {}),
    },
    spec: { cluster: 'first', source, target, steps },
    ...(status === undefined ? {} : { status: { status: 'NotStarted', steps: [], ...status } }),
  } as ClusterUpdatePlan;
}
