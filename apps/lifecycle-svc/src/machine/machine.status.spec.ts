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

  it('is Deleting on the way out, and no state of the reference once its LCMMachine is gone', () => {
    const machine = aMachine('wk-1', {}, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect(statusOf(aWorld({ machine, lcmMachine: undefined }))).toMatchObject({
      phase: 'Deleting',
      providerStatus: { ready: false, delete: true },
    });
    expect(statusOf(aWorld({ machine, lcmMachine: undefined }))?.providerStatus?.status).toBeUndefined();
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
      { child: { contact: { answers: false, since: 0, why: 'connection refused' }, nodes: new Map() } },
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
