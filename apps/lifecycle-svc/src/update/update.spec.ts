import { describe, expect, it } from '@jest/globals';
import { aMachine, anItem, anLcmCluster, anLcmMachine } from '../machine/machine.fixtures.js';
import { type UpdateState, updateAnswer } from './update.answer.js';
import { ordersOf, ordersText, updateOrdersAnnotation, withOrder } from './update.orders.js';

const target = 'mosk-2';
const version = '2.0.0+26.2';
const items = [anItem('join', 'deploy')];
const member = (name: string, release: string, stuck?: string) => ({
  machine: aMachine(name),
  lcmMachine: anLcmMachine(name, items, {
    done: ['join'],
    spec: { release },
    status: { release, ...(stuck === undefined ? {} : { lcmOperationStuck: true, lcmOperationStuckMessage: stuck }) },
  }),
});
const ordered = (turns: string, ...steps: string[]) =>
  anLcmCluster({
    annotations: { [updateOrdersAnnotation]: [target, ...steps].join('\n'), 'keelson.dev/update-turns': turns },
    spec: { release: version },
  });
const answer = (step: string, state: Partial<UpdateState>) =>
  updateAnswer(
    { namespace: 'demo', cluster: 'first', plan: 'first-2.0.0', step, target },
    { lcmCluster: ordered('', step), version, members: [], ...state },
  );

describe('orders for steps of an update', () => {
  it('are read as they were written, one after the other; another target begins anew', () => {
    const one = withOrder(undefined, { target, step: 'k8s-controllers' });
    const two = withOrder(one, { target, step: 'k8s-workers-a', hold: 'the alerts A, B\nfire' });
    const read = ordersOf(anLcmCluster({ annotations: { [updateOrdersAnnotation]: ordersText(two) } }));
    expect([read, withOrder(read, { target: 'other', step: 'ceph' })]).toEqual([
      { target, steps: { 'k8s-controllers': '', 'k8s-workers-a': 'the alerts A, B fire' } },
      { target: 'other', steps: { ceph: '' } },
    ]);
  });
});

describe('how a step stands', () => {
  it('is not asked for, under way, failed, completed', () => {
    const old = '1.0.0+26.1';
    const control = [member('cp-1', version), member('cp-2', old), member('wk-1', old)];
    expect(answer('k8s-controllers', { lcmCluster: ordered(''), members: control }).status).toBe('NotAsked');
    expect(
      answer('k8s-controllers', { lcmCluster: ordered('cp-2/uid-cp-2', 'k8s-controllers'), members: control }),
    ).toMatchObject({
      status: 'InProgress',
      machines: [
        { name: 'cp-1', state: 'done' },
        { name: 'cp-2', state: 'running' },
      ],
    });
    expect(
      answer('k8s-workers-first-default', {
        lcmCluster: ordered('wk-1/uid-wk-1', 'k8s-workers-first-default'),
        members: [member('wk-1', old, 'item join failed')],
      }),
    ).toMatchObject({ status: 'Failed', message: expect.stringContaining('wk-1 cannot be updated: item join failed') });
    expect(answer('k8s-workers-first-default', { members: [member('wk-1', version)] })).toMatchObject({
      status: 'Completed',
    });
  });

  it('is not completed before the release has reached the LCMCluster, though no machine is left', () => {
    expect(answer('k8s-controllers', { lcmCluster: anLcmCluster() }).status).toBe('NotAsked');
    expect(answer('mcc-components', {}).status).toBe('InProgress');
  });

  describe('of the charts', () => {
    const lcmCluster = ordered('', 'mcc-components');
    lcmCluster.status = { release: version };
    const withCharts = (statuses: object, more: Partial<UpdateState> = {}, release = version) =>
      answer('mcc-components', {
        lcmCluster,
        bundle: {
          apiVersion: 'lcm.mirantis.com/v1alpha1',
          kind: 'HelmBundle',
          metadata: { name: 'first' },
          spec: { releases: [] },
          status: { release, releaseStatuses: { ...statuses } },
        },
        ...more,
      });
    const deployed = { ready: true, status: 'deployed' };
    const blocked = { ready: false, status: 'blocked', message: 'the bundle has no repository charts' };

    it('is completed when all of the release are ready, and waits for those that are not', () => {
      expect(withCharts({ web: deployed })).toMatchObject({
        status: 'Completed',
        message: 'all machines and charts are updated',
      });
      expect(withCharts({ web: deployed }, {}, 'old')).toMatchObject({ status: 'InProgress' });
      expect(
        withCharts({ db: deployed, web: { ready: false, status: 'failed', message: 'the repository is away' } }),
      ).toMatchObject({
        status: 'InProgress',
        message: 'chart web is not ready: the repository is away',
        percent: 50,
        waitingOn: { kind: 'HelmBundle', name: 'first' },
      });
    });

    it('names those that only a person can help, and waits for one that the release requires', () => {
      expect(withCharts({ db: deployed, web: blocked })).toMatchObject({
        status: 'Completed',
        message: 'all machines are updated; 1 chart is not installed (web): the bundle has no repository charts',
      });
      expect(withCharts({ db: deployed, web: blocked }, { requiredCharts: new Set(['web']) })).toMatchObject({
        status: 'InProgress',
        message: 'chart web, which the release requires, is blocked: the bundle has no repository charts',
        waitingOn: { kind: 'HelmBundle', name: 'first' },
      });
    });

    it('waits for none where no chart can be installed at all, and says how many are not', () => {
      const carried = { ready: true, status: 'carried' };
      const more = { requiredCharts: new Set(['web']), lacksHelm: 'no helm binary is set' };
      expect(withCharts({ operator: carried, db: blocked, web: blocked }, more)).toMatchObject({
        status: 'Completed',
        message: 'all machines are updated; 2 charts are not installed (db, web): no helm binary is set',
      });
    });
  });
});
