import { describe, expect, it } from '@jest/globals';
import { apiVersionOf, NodeOutageKind, type NodeOutageState } from '@keelson/api';
import { masakariReason } from '@keelson/openstack';
import { decisionOf } from './outage.plan.js';
import type { BoundPod, CloudView, OutageWorld } from './outage.world.js';
import { planOutages } from './outages.reconciler.js';

const since = Date.parse('2026-01-01T00:00:00Z');
const down = { id: 'a', host: 'n1', zone: 'nova', isEnabled: true, isUp: false };
const protection = { id: 's/h', uuid: 'h', isOnMaintenance: false };
const told = (status: string) => ({ id: 'n', generatedAt: since, status });

function anOutage(more: Partial<OutageWorld> = {}, state?: NodeOutageState): OutageWorld {
  return {
    now: since + 200_000,
    outage: {
      apiVersion: apiVersionOf(NodeOutageKind),
      kind: NodeOutageKind.kind,
      metadata: { name: 'n1' },
      spec: { nodeName: 'n1', since: '2026-01-01T00:00:00Z' },
      ...(state === undefined ? {} : { status: { state } }),
    },
    node: 'n1',
    since,
    presence: 'away',
    isAwayAgain: false,
    witness: undefined,
    power: undefined,
    fence: undefined,
    pods: [],
    cloud: undefined,
    trouble: undefined,
    ...more,
  };
}
const aPod = (name: string, more: Partial<BoundPod> = {}): BoundPod => ({
  namespace: 'openstack',
  name,
  uid: name,
  isEnding: false,
  heldBy: undefined,
  ...more,
});
const aView = (more: Partial<CloudView> = {}): CloudView => ({
  compute: down,
  protection,
  notification: undefined,
  ...more,
});

/** State, steps as words, and why it waits. */
function decided(world: OutageWorld): readonly [string, readonly string[], string | undefined] {
  const { state, steps, outcome } = decisionOf(world);
  const words = steps.map((step) =>
    step.type === 'remove' ? `${step.isByForce ? 'force' : 'end'} ${step.pod.name}` : step.type,
  );
  return [state, words, outcome.type === 'waiting' || outcome.type === 'blocked' ? outcome.reason : undefined];
}

describe('pods of a node that does not answer', () => {
  const pods = [aPod('fresh'), aPod('ending', { isEnding: true })];

  it('are told to end, and stay while nothing shows that the node is down', () => {
    expect(decided(anOutage({ pods }))).toEqual(['Confirming', ['end fresh'], 'NotConfirmed']);
  });

  it('are removed by force when it is shown, but for members of a set that has no majority', () => {
    const held = aPod('mariadb-server-0', { isEnding: true, heldBy: 'mariadb-server has 1 of 3 members' });
    const witness = 'the NodeDisableNotification of n1';
    expect(decided(anOutage({ witness, pods }))).toEqual(['Confirming', ['end fresh', 'force ending'], 'PodsEnding']);
    expect(decided(anOutage({ witness, pods: [held] }))).toEqual(['Confirming', [], 'QuorumAtRisk']);
    expect(decided(anOutage({ witness }))).toEqual(['Down', [], undefined]);
  });

  it('are left alone while most nodes are away', () => {
    const fence = '2 of 3 nodes of the cloud are not Ready';
    expect(decided(anOutage({ pods, fence, cloud: aView() }))).toEqual(['Confirming', [], 'MostNodesAway']);
  });
});

describe('instances of a node that does not answer', () => {
  it.each<[string, Partial<OutageWorld>, ReturnType<typeof decided>]>([
    ['are handed to Masakari', { cloud: aView() }, ['Recovering', ['tell'], undefined]],
    [
      'are not while nova-compute still reports itself',
      { cloud: aView({ compute: { ...down, isUp: true } }) },
      ['Confirming', [], 'ComputeUp'],
    ],
    [
      'are not where somebody works on the host',
      { cloud: aView({ protection: { ...protection, isOnMaintenance: true } }) },
      ['Down', [], undefined],
    ],
    ['stay where nobody protects them', { cloud: aView({ protection: undefined }) }, ['Down', [], undefined]],
    ['wait for a cloud that is silent', { trouble: 'the cloud cannot be asked' }, ['Confirming', [], 'CloudSilent']],
    [
      'are followed while Masakari moves them',
      { cloud: aView({ notification: told('running') }) },
      ['Recovering', [], 'InstancesRecovering'],
    ],
    [
      'are tried again by Masakari itself',
      { cloud: aView({ notification: told('error') }) },
      ['Recovering', [], 'InstancesRecovering'],
    ],
    [
      'are an operator’s where it gives up',
      { cloud: aView({ notification: told('failed') }) },
      ['Failed', [], 'RecoveryFailed'],
    ],
    ['are back elsewhere', { cloud: aView({ notification: told('finished') }) }, ['Down', [], undefined]],
  ])('%s', (_, more, expected) => expect(decided(anOutage(more))).toEqual(expected));
});

describe('a node that is back', () => {
  const up = { ...down, isUp: true };
  const disabled = { ...up, isEnabled: false, disabledReason: masakariReason };

  it('is put back in service with what Masakari took out, and nothing else', () => {
    const recovered = { notification: told('finished'), protection: { ...protection, isOnMaintenance: true } };
    const back = (compute: CloudView['compute'], more: Partial<CloudView>) =>
      decided(anOutage({ presence: 'ready', cloud: aView({ compute, ...more }) }));
    expect(back(disabled, recovered)).toEqual(['Returning', ['enable', 'protect', 'close'], undefined]);
    expect(back({ ...disabled, disabledReason: 'it makes a noise' }, {})).toEqual(['Returning', ['close'], undefined]);
    expect(back(down, recovered)).toEqual(['Returning', [], 'ComputeDown']);
    expect(back(disabled, { notification: told('running') })).toEqual(['Returning', [], 'InstancesRecovering']);
  });

  it('waits when it is away again, and has another outage when that lasts', () => {
    expect(decided(anOutage({}, 'Returning'))).toEqual(['Returning', [], 'NodeNotReady']);
    expect(decided(anOutage({ isAwayAgain: true }, 'Returning'))).toEqual(['Returning', ['close'], undefined]);
    expect(decided(anOutage({ presence: 'gone' }))).toEqual(['Returning', ['close'], undefined]);
  });
});

describe('a node that is not Ready', () => {
  it('is lost when that has lasted, and only once', () => {
    const plan = (seconds: number, known: readonly string[] = []) =>
      planOutages({
        now: since + seconds * 1000,
        away: [{ node: 'n1', since }],
        known: new Set(known),
        notReadySeconds: 120,
      });
    expect(plan(119)).toMatchObject({ steps: [], outcome: { reason: 'NodeNotReady', recheckAfterSeconds: 1 } });
    expect(plan(120).steps).toEqual([{ type: 'open', node: 'n1', since: '2026-01-01T00:00:00Z' }]);
    expect(plan(900, ['n1'])).toEqual({ steps: [], outcome: { type: 'settled' } });
  });
});
