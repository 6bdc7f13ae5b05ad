import { describe, expect, it } from '@jest/globals';
import type { LCMClusterState, Node, Pod } from '@keelson/api';
import { aMachine, answering, now } from '../machine/machine.fixtures.js';
import type { LcmClusterStateWorld } from './lcmclusterstate.observe.js';
import { planLcmClusterState } from './lcmclusterstate.plan.js';
import { failedAttempt, lcmClusterStateStatus } from './lcmclusterstate.status.js';
import { refusalOf } from './refusals.js';

const name = 'kaas-node-uid-wk-1';
const aNode = (unschedulable: boolean, annotations: Record<string, string> = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, annotations },
  ...(unschedulable ? { spec: { unschedulable } } : {}),
});
const cordoned = aNode(true, { 'keelson.dev/cordoned': 'then' });
const aPod = (pod: string, more: Partial<Pod['metadata']> = {}, phase = 'Running'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: pod, namespace: 'web', ...more },
  status: { phase },
});
const aState = (
  value: 'true' | 'false',
  status?: LCMClusterState['status'],
  reason = 'maintenance',
): LCMClusterState => ({
  apiVersion: 'lcm.mirantis.com/v1alpha1',
  kind: 'LCMClusterState',
  metadata: { name: 'cd-wk-1', namespace: 'demo', annotations: { 'lcm.mirantis.com/cluster-state-reason': reason } },
  spec: { clusterName: 'first', type: 'cordon-drain', arg: 'wk-1', value },
  ...(status === undefined ? {} : { status }),
});
const aWorld = (more: Partial<LcmClusterStateWorld> = {}): LcmClusterStateWorld => ({
  now,
  state: aState('true'),
  cluster: { namespace: 'demo', name: 'first' },
  machine: aMachine('wk-1'),
  child: answering,
  node: cordoned,
  pods: [],
  refused: [],
  isOfCeph: false,
  ...more,
});
const steps = (world: LcmClusterStateWorld) => planLcmClusterState(world).steps;
const statusOf = (world: LcmClusterStateWorld) => {
  const plan = planLcmClusterState(world);
  return lcmClusterStateStatus(world, { plan, done: plan.steps, outcome: plan.outcome, attempt: 0, now });
};

describe('the drain of a node', () => {
  it('cordons, evicts all but daemons, mirrors and what has ended, then says that it is drained', () => {
    expect(steps(aWorld({ node: aNode(false) }))).toMatchObject([{ type: 'cordon' }]);
    const pods = [
      aPod('daemon', { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'd' }] }),
      aPod('mirror', { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
      aPod('done', {}, 'Succeeded'),
      aPod('web'),
      aPod('ending', { deletionTimestamp: '2026-01-01T11:59:00Z' }),
    ];
    expect(planLcmClusterState(aWorld({ pods }))).toMatchObject({
      steps: [{ type: 'evict', pods: [{ namespace: 'web', name: 'web' }] }],
      outcome: {
        on: { kind: 'Pod', name: 'ending' },
        message: expect.stringContaining('ending since 2026-01-01T11:59:00Z'),
      },
    });
    expect([steps(aWorld({ pods: pods.slice(0, 3) })), statusOf(aWorld())]).toMatchObject([
      [{ type: 'mark-drained' }],
      { value: 'true' },
    ]);
  });

  it('names the pod and the budget that holds it', () => {
    const refused = [
      refusalOf(
        { namespace: 'web', name: 'held' },
        "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget none needs 1 healthy pods and has 1 currently",
      ),
    ];
    const world = aWorld({ pods: [aPod('held')], refused });
    expect(planLcmClusterState(world).outcome).toMatchObject({
      on: { kind: 'PodDisruptionBudget', namespace: 'web', name: 'none' },
      reason: 'DisruptionBudget',
      message: expect.stringContaining('the disruption budget web/none holds pod web/held'),
    });
    expect(statusOf(world)).toMatchObject({ value: 'false', message: expect.stringContaining('needs 1 healthy pods') });
  });

  it('ends its time limit in choices', () => {
    const progress = { state: 'Draining', since: 'x', deadline: '2026-01-01T11:00:00Z' };
    const late = (reason: string) =>
      planLcmClusterState(aWorld({ state: aState('true', { value: 'false', progress }, reason), pods: [aPod('held')] }))
        .outcome;
    expect(late('maintenance')).toMatchObject({
      message: expect.stringMatching(/annotate LCMMachine wk-1 with skip-maintenance=true.*or take back spec/),
    });
    expect(late('delete')).toMatchObject({ message: expect.stringContaining('deletionPolicy') });
  });

  it('counts attempts that failed, each by its time limit, and says what the last failed of', () => {
    const refused = [
      refusalOf(
        { namespace: 'web', name: 'held' },
        'Cannot evict pod. The disruption budget none needs 1 healthy pods',
      ),
    ];
    const since = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
    const after = (minutes: number, value: 'true' | 'false' = 'true') => {
      const progress = { state: 'Draining', since: since(minutes), deadline: since(minutes - 60) };
      const state = aState(value, { value: 'false', progress });
      const status = statusOf(aWorld({ state, pods: [aPod('held')], refused }));
      return [status?.attempt, failedAttempt({ ...state, status: status ?? {} })];
    };
    expect([after(59), after(60), after(150)]).toEqual([
      [undefined, undefined],
      [
        2,
        expect.stringMatching(/^attempt 1 .* after 60 minutes.*budget web\/none holds pod web\/held.*Choose: cure it/),
      ],
      [3, expect.stringMatching(/^attempt 2 /)],
    ]);
    expect(after(150, 'false')).toEqual([undefined, undefined]);
    const drained = aState('true', { value: 'true', attempt: 3, progress: { state: 'Drained', since: since(1) } });
    expect(statusOf(aWorld({ state: drained }))).toEqual({ value: 'true', attempt: 3 });
    expect(failedAttempt(drained)).toBeUndefined();
  });

  it('is over, where Ceph has a lock on the node, only when that has detached the volumes', () => {
    expect(planLcmClusterState(aWorld({ isOfCeph: true }))).toMatchObject({
      steps: [{ type: 'mark-drained' }],
      outcome: { reason: 'VolumesAttached', on: { kind: 'Node', name } },
    });
    const detached = aNode(true, {
      'keelson.dev/cordoned': 'then',
      'kaas.mirantis.com/lcm-drained': 'true',
      'kaas.mirantis.com/csi-drained': 'true',
    });
    expect(statusOf(aWorld({ isOfCeph: true, node: detached }))).toEqual({ value: 'true' });
  });

  it('goes back, and leaves an operator’s own cordon alone', () => {
    const back = (node: Node) => steps(aWorld({ state: aState('false', { value: 'true' }), node }));
    expect(back(cordoned)).toMatchObject([{ type: 'uncordon', keepsCordon: false }]);
    const [cordon] = steps(aWorld({ node: aNode(true) }));
    const mark = cordon?.type === 'cordon' ? cordon.mark : '';
    expect(back(aNode(true, { 'keelson.dev/cordoned': mark }))).toMatchObject([
      { type: 'uncordon', keepsCordon: true },
    ]);
    expect(back(aNode(true))).toEqual([]);
  });

  it('waits for an API that is silent, and has nothing to do without a node', () => {
    const silent = { ...answering, contact: { answers: false, since: 0, why: 'refused' } } as const;
    expect(planLcmClusterState(aWorld({ child: silent })).outcome).toMatchObject({ reason: 'APISilent' });
    expect(statusOf(aWorld({ node: undefined }))).toEqual({ value: 'true' });
  });
});
