import { describe, expect, it } from '@jest/globals';
import type { Node } from '@keelson/api';
import { aHost, aMachine, aMachineWorld, anItem, anLcmMachine, answering, now } from './machine.fixtures.js';
import type { MachineWorld } from './machine.observe.js';
import { planMachine } from './machine.plan.js';
import { machineStatus } from './machine.status.js';

const items = [anItem('fetch', 'prepare'), anItem('join', 'deploy')];
const provisioned = aHost('srv-1', { consumer: 'wk-1', image: true, state: 'provisioned' });
const node = (ready: 'True' | 'False' = 'True'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'kaas-node-uid-wk-1', uid: 'n1' },
  status: { conditions: [{ type: 'Ready', status: ready, reason: 'KubeletNotReady' }] },
});

/** A machine that is Ready in every respect; say what is different. */
function aWorld(more: Partial<MachineWorld> = {}): MachineWorld {
  return aMachineWorld({
    host: provisioned,
    lcmMachine: anLcmMachine('wk-1', items, { done: ['fetch', 'join'], status: { state: 'Ready' } }),
    child: answering,
    node: node(),
    ...more,
  });
}
const statusOf = (world: MachineWorld) => {
  const plan = planMachine(world);
  return machineStatus(world, { plan, done: [], outcome: { type: 'settled' }, attempt: 0, now });
};
const lcm = (state: 'Uninitialized' | 'Prepare' | 'Deploy', heard = true) =>
  anLcmMachine('wk-1', items, { heard, status: { state } });

describe('why it changes, for the history', () => {
  const from = (phase: string, more: Partial<MachineWorld> = {}) =>
    planMachine(aWorld({ machine: aMachine('wk-1', {}, { status: { phase } }), ...more })).why;

  it.each<[string, Partial<MachineWorld>, string]>([
    [
      'Pending',
      { host: aHost('srv-1', { consumer: 'wk-1', image: true, state: 'provisioning' }) },
      'host demo/srv-1 is taken and gets its operating system',
    ],
    ['Provision', { lcmMachine: lcm('Uninitialized', false) }, 'host demo/srv-1 is installed'],
    ['Uninitialized', { lcmMachine: lcm('Prepare') }, 'its agent has reported and has its prepare items'],
    ['Prepare', { lcmMachine: lcm('Deploy') }, 'its prepare items are done and its turn to deploy has come'],
    ['Ready', { lcmMachine: lcm('Deploy') }, 'deploy items are to be run again'],
    ['Reconfigure', {}, 'all items are done and its node is Ready'],
  ])('from %s', (phase, more, why) => expect(from(phase, more)).toBe(why));
});

describe('the state an operator sees', () => {
  it.each<[string, Partial<MachineWorld>, string]>([
    ['no host yet', { host: undefined, lcmMachine: undefined }, 'Pending'],
    [
      'its host is being installed',
      { host: aHost('srv-1', { consumer: 'wk-1', image: true, state: 'provisioning' }), lcmMachine: undefined },
      'Provision',
    ],
    ['its host runs, its agent is not heard', { lcmMachine: lcm('Uninitialized', false) }, 'Uninitialized'],
    ['its items run', { lcmMachine: lcm('Prepare') }, 'Prepare'],
    [
      'stopped before its operating system',
      { machine: aMachine('wk-1', { day1Provisioning: 'manual' }), host: aHost('srv-1', { consumer: 'wk-1' }) },
      'AwaitsProvisioning',
    ],
    [
      'stopped before Kubernetes',
      { machine: aMachine('wk-1', { day1Deployment: 'manual' }), lcmMachine: anLcmMachine('wk-1') },
      'AwaitsDeployment',
    ],
    ['disabled', { machine: aMachine('wk-1', { disable: true }) }, 'Disabled'],
    ['all done', {}, 'Ready'],
  ])('%s', (_name, more, state) =>
    expect(statusOf(aWorld(more))).toMatchObject({
      phase: state,
      providerStatus: { status: state, ready: state === 'Ready' },
    }),
  );

  it('tells the order in updates that an operator gave it; 0, which every machine has at first, is none', () => {
    const shown = (upgradeIndex: number) =>
      statusOf(aWorld({ machine: aMachine('wk-1', { upgradeIndex }) }))?.providerStatus?.upgradeIndex;
    expect([shown(0), shown(3)]).toEqual([undefined, 3]);
  });

  it('is Deleting on the way out, and no state of the reference once its LCMMachine is gone', () => {
    const machine = aMachine('wk-1', {}, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect(statusOf(aWorld({ machine, lcmMachine: undefined }))).toMatchObject({
      phase: 'Deleting',
      providerStatus: { ready: false, delete: true },
    });
    expect(statusOf(aWorld({ machine, lcmMachine: undefined }))?.providerStatus?.status).toBeUndefined();
  });
});

describe('Ready', () => {
  const shown = (status: 'Reconfigure' | 'Ready' | 'Prepare') =>
    aMachine('wk-1', {}, { status: { phase: status, providerStatus: { status } } });
  const silent = (why: string): MachineWorld['child'] => ({
    contact: { answers: false, since: 0, why },
    nodes: new Map(),
    protocol: undefined,
  });

  it.each<[string, Partial<MachineWorld>]>([
    ['an API that does not answer', { child: silent('connection refused') }],
    [
      'an API without Nodes',
      { child: silent('list nodes: the server could not find the requested resource'), node: undefined },
    ],
    ['an answer older than the limit, whatever it said of the node', { child: silent('no answer within 10 s') }],
    ['no node', { node: undefined }],
    ['a node that is not Ready', { node: node('False') }],
  ])('is not reached with %s', (_name, more) => {
    const status = (before: 'Reconfigure' | 'Prepare') =>
      statusOf(aWorld({ machine: shown(before), ...more }))?.providerStatus;
    expect(status('Reconfigure')).toMatchObject({ status: 'Reconfigure', ready: false });
    expect(status('Prepare')).toMatchObject({ status: 'Deploy', ready: false });
  });

  it('stays, not ready, when the evidence goes: it is a state of the items, as in the reference', () => {
    expect(
      statusOf(aWorld({ machine: shown('Ready'), child: silent('connection refused') }))?.providerStatus,
    ).toMatchObject({ status: 'Ready', ready: false });
  });
});

describe('what one write shows', () => {
  it('the addresses come with the state that the first report brings', () => {
    expect(statusOf(aWorld({ lcmMachine: lcm('Uninitialized'), node: undefined }))?.addresses).toBeUndefined();
    expect(statusOf(aWorld({ lcmMachine: lcm('Prepare'), node: undefined }))?.addresses).toHaveLength(1);
  });

  it('the node counts from the end of the deploy items on', () => {
    expect(statusOf(aWorld({ lcmMachine: lcm('Deploy') }))).not.toHaveProperty('nodeRef');
    expect(statusOf(aWorld())).toMatchObject({ nodeRef: { uid: 'n1' } });
  });
});

describe('ready', () => {
  it.each<[string, Partial<MachineWorld>, string, string]>([
    [
      'a host that is off',
      { host: aHost('srv-1', { consumer: 'wk-1', image: true, state: 'provisioned', poweredOn: false }) },
      'ProviderInstance',
      'host srv-1 is switched off',
    ],
    [
      'a silent agent',
      {
        lcmMachine: anLcmMachine('wk-1', items, {
          done: ['fetch', 'join'],
          status: { state: 'Ready', lcmOperationStuck: true, lcmOperationStuckMessage: 'the agent of wk-1 is silent' },
        }),
      },
      'LCM',
      'the agent of wk-1 is silent',
    ],
    [
      'a node that is not Ready',
      { node: node('False') },
      'Kubelet',
      'node kaas-node-uid-wk-1 is not Ready: KubeletNotReady',
    ],
    [
      'a silent API: old evidence counts for nothing',
      {
        child: {
          contact: { answers: false, since: 0, why: 'connection refused' },
          nodes: new Map(),
          protocol: undefined,
        },
      },
      'Kubelet',
      'nothing is known of its node: the API of the cluster does not answer: connection refused',
    ],
  ])('is taken away by %s', (_name, more, type, message) => {
    expect(statusOf(aWorld(more))?.providerStatus).toMatchObject({
      ready: false,
      conditions: expect.arrayContaining([{ type, ready: false, message }]),
    });
  });

  it('stands with all three', () =>
    expect(statusOf(aWorld())?.providerStatus).toMatchObject({
      ready: true,
      providerInstanceState: { id: 'demo/srv-1', state: 'provisioned', ready: true },
    }));
});
