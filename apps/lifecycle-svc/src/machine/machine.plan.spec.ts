import { describe, expect, it } from '@jest/globals';
import {
  aHost,
  aMachine,
  aMachineWorld,
  aRelease,
  anIpamHost,
  anItem,
  anLcmMachine,
  answering,
  now,
} from './machine.fixtures.js';
import type { MachineWorld } from './machine.observe.js';
import { planMachine } from './machine.plan.js';

const bound = (value = {}, more: { metadata?: object } = {}) =>
  aMachine('wk-1', value, { metadata: { annotations: { 'metal3.io/BareMetalHost': 'demo/srv-1' }, ...more.metadata } });
const spec = (world: MachineWorld) => {
  const step = planMachine(world).steps.find((one) => one.type === 'apply-lcmmachine');
  return step?.type === 'apply-lcmmachine' ? step.spec : {};
};
/** A machine with its host and LCMMachine, as the plan itself would have made them. */
function settledWorld(more: Partial<MachineWorld> = {}): MachineWorld {
  const world = aMachineWorld({ machine: bound(), host: aHost('srv-1', { consumer: 'wk-1' }), ...more });
  return {
    ...world,
    lcmMachine:
      more.lcmMachine ?? anLcmMachine('wk-1', [], { heard: false, spec: spec({ ...world, lcmMachine: undefined }) }),
  };
}
const stepsOf = (world: MachineWorld) => planMachine(world).steps.map((step) => step.type);

describe('the plan of a machine', () => {
  it('holds the machine before anything else', () => {
    expect(stepsOf(aMachineWorld({ machine: aMachine('wk-1', {}, { metadata: { finalizers: [] } }) }))).toEqual([
      'hold',
    ]);
  });

  it('claims the first free host by name, then writes the binding down', () => {
    const plan = planMachine(
      aMachineWorld({ matching: [aHost('srv-1', { state: 'inspecting' }), aHost('srv-2'), aHost('srv-3')] }),
    );
    expect(plan.steps).toMatchObject([
      { type: 'claim-host', host: { metadata: { name: 'srv-2' } } },
      { type: 'bind', host: 'demo/srv-2' },
    ]);
  });

  it('names the selector and the labels there are when no host matches', () => {
    expect(planMachine(aMachineWorld({ hostLabels: ['rack=b', 'rack=c'] })).outcome).toMatchObject({
      type: 'blocked',
      reason: 'NoMatchingHost',
      message: expect.stringMatching(/selector rack=a .*labels that hosts have: rack=b, rack=c/),
    });
  });

  it('names the winner when another machine has the host', () => {
    expect(planMachine(aMachineWorld({ matching: [aHost('srv-1', { consumer: 'wk-9' })] })).outcome).toMatchObject({
      type: 'waiting',
      on: { kind: 'Machine', name: 'wk-9' },
      reason: 'HostTaken',
      message: expect.stringContaining('srv-1 belongs to wk-9'),
    });
  });

  it('waits for a matching host that is not available yet, with its error', () => {
    expect(
      planMachine(aMachineWorld({ matching: [aHost('srv-1', { state: 'registering', error: 'wrong password' })] }))
        .outcome,
    ).toMatchObject({
      type: 'waiting',
      reason: 'HostNotAvailable',
      message: 'host srv-1 is registering: wrong password',
    });
  });

  it('says the same of a host on its way, whichever step it is at', () => {
    const messages = ['', 'registering', 'inspecting', 'preparing'].map(
      (state) => planMachine(aMachineWorld({ matching: [aHost('srv-1', { state })] })).outcome,
    );
    expect(new Set(messages.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
  });

  it('never takes a second host when the first is lost', () => {
    const plan = planMachine(aMachineWorld({ machine: bound(), matching: [aHost('srv-2')] }));
    expect([plan.steps, plan.outcome]).toMatchObject([[], { type: 'blocked', reason: 'HostLost' }]);
  });

  it('repeats a binding that a dead pass did not write down, and admits the agent last of all with its LCMMachine', () => {
    expect(stepsOf(aMachineWorld({ host: aHost('srv-1', { consumer: 'wk-1' }) }))).toEqual([
      'bind',
      'admit-agent',
      'apply-lcmmachine',
    ]);
  });

  it.each([
    [{ nodeLabels: [{ key: 'mine', value: 'x' }] }, 'NodeLabelNotAllowed'],
    [{ distribution: 'ubuntu/warty' }, 'UnknownDistribution'],
    [{ hostSelector: {} }, 'SelectorMissing'],
  ])('refuses %j before it touches a host', (value, reason) => {
    expect(planMachine(aMachineWorld({ machine: aMachine('wk-1', value), matching: [aHost()] }))).toMatchObject({
      steps: [],
      outcome: { type: 'blocked', reason },
    });
  });

  it('waits for its network, then writes the configuration of the agent, then has the host installed', () => {
    const pending = settledWorld({ ipamHost: undefined });
    expect(planMachine(pending).outcome).toMatchObject({
      type: 'waiting',
      on: { kind: 'IpamHost' },
      reason: 'NetworkPending',
    });
    expect(
      planMachine(settledWorld({ ipamHost: anIpamHost('ERR: the subnet lcm is exhausted') })).outcome,
    ).toMatchObject({ reason: 'NetworkFailed', message: expect.stringContaining('the subnet lcm is exhausted') });
    expect(stepsOf(settledWorld())).toEqual(['write-cloud-init']);
    const cloudInit = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'wk-1-cloud-init',
        annotations: { 'keelson.dev/token-ends': new Date(now + 7_200_000).toISOString() },
      },
    };
    expect(planMachine(settledWorld({ cloudInit })).steps).toMatchObject([
      {
        type: 'install-host',
        image: { url: 'https://artifacts.test/noble.raw', checksum: 'bb', checksumType: 'sha256' },
        secret: 'wk-1-cloud-init',
      },
    ]);
  });

  it('writes the configuration anew when its token would end before the host is installed', () => {
    const cloudInit = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'wk-1-cloud-init',
        annotations: { 'keelson.dev/token-ends': new Date(now + 60_000).toISOString() },
      },
    };
    expect(stepsOf(settledWorld({ cloudInit }))).toEqual(['write-cloud-init']);
    expect(
      stepsOf(
        settledWorld({ cloudInit, host: aHost('srv-1', { consumer: 'wk-1', image: true, state: 'provisioning' }) }),
      ),
    ).toEqual(['write-cloud-init']);
  });

  it('stops for an operator before it installs anything', () => {
    expect(planMachine(settledWorld({ machine: bound({ day1Provisioning: 'manual' }) }))).toMatchObject({
      steps: [],
      outcome: { type: 'waiting', reason: 'AwaitsProvisioning' },
    });
  });

  it('labels the node with what the release allows and takes away what is no longer asked for', () => {
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: 'kaas-node-uid-wk-1',
        labels: { old: 'x', other: 'y' },
        annotations: { 'keelson.dev/node-labels': 'old' },
      },
    };
    const machine = bound({
      nodeLabels: [
        { key: 'openstack-compute-node', value: 'enabled' },
        { key: 'mine', value: 'x' },
      ],
    });
    const plan = planMachine(
      settledWorld({
        machine,
        host: aHost('srv-1', { consumer: 'wk-1', image: true, state: 'provisioned' }),
        child: answering,
        node,
      }),
    );
    expect(plan.steps).toMatchObject([
      {
        type: 'label-node',
        patch: {
          metadata: {
            labels: { 'kaas.mirantis.com/machine-name': 'wk-1', 'openstack-compute-node': 'enabled', old: null },
            annotations: { 'keelson.dev/node-labels': 'openstack-compute-node' },
          },
        },
      },
    ]);
  });

  it('chooses the distribution that the machine names', () => {
    expect(
      spec(
        aMachineWorld({
          machine: bound({ distribution: 'ubuntu/jammy' }),
          host: aHost('srv-1', { consumer: 'wk-1' }),
          release: aRelease(),
        }),
      ),
    ).toMatchObject({ distribution: 'ubuntu/jammy', type: 'worker' });
  });
});

describe('the way out', () => {
  const leaving = (value = {}) => bound(value, { metadata: { deletionTimestamp: '2026-01-01T11:59:00Z' } });
  const installed = aHost('srv-1', { consumer: 'wk-1', image: true, state: 'provisioned' });
  const lcm = (spec = {}, status = {}) =>
    anLcmMachine('wk-1', [anItem('deploy', 'deploy')], { done: ['deploy'], spec, status });
  const world = (value: object, more: Partial<MachineWorld>): MachineWorld =>
    aMachineWorld({ machine: leaving(value), host: installed, lcmMachine: lcm(), child: answering, ...more });

  it('graceful: the node leaves first, then the host is wiped, given back, and the finalizer goes last', () => {
    expect(planMachine(world({}, {})).steps).toMatchObject([
      { type: 'apply-lcmmachine', spec: { prepareDeletion: true } },
    ]);
    expect(
      planMachine(world({}, { lcmMachine: lcm({ prepareDeletion: true }, { prepareDeletionPhase: 'started' }) })),
    ).toMatchObject({ steps: [], outcome: { reason: 'Draining' } });
    expect(
      stepsOf(world({}, { lcmMachine: lcm({ prepareDeletion: true }, { prepareDeletionPhase: 'completed' }) })),
    ).toEqual(['remove-lcmmachine', 'wipe-host']);
    expect(
      stepsOf(
        world({}, { lcmMachine: undefined, host: aHost('srv-1', { consumer: 'wk-1', state: 'deprovisioning' }) }),
      ),
    ).toEqual([]);
    expect(stepsOf(world({}, { lcmMachine: undefined, host: aHost('srv-1', { consumer: 'wk-1' }) }))).toEqual([
      'release-host',
      'dismiss-agent',
      'release',
    ]);
  });

  it('graceful without a deletion: the Machine is deleted once its node is out', () => {
    const asked = aMachineWorld({
      machine: bound({ delete: true }),
      host: installed,
      lcmMachine: lcm({ prepareDeletion: true }, { prepareDeletionPhase: 'completed' }),
    });
    expect(stepsOf(asked)).toEqual(['delete-machine']);
  });

  it('unsafe: nothing is prepared', () => {
    expect(stepsOf(world({ deletionPolicy: 'unsafe' }, {}))).toEqual(['remove-lcmmachine', 'wipe-host']);
  });

  it('forced: the host is let go at once, whatever its state', () => {
    expect(stepsOf(world({ deletionPolicy: 'forced' }, {}))).toEqual([
      'remove-lcmmachine',
      'abandon-host',
      'dismiss-agent',
      'release',
    ]);
  });

  it('a cluster on its way out takes its machines without a drain', () => {
    const cluster = {
      ...aMachineWorld().cluster,
      metadata: { name: 'first', namespace: 'demo', deletionTimestamp: '2026-01-01T00:00:00Z' },
    } as MachineWorld['cluster'];
    expect(stepsOf(world({}, { cluster }))).toEqual(['remove-lcmmachine', 'wipe-host']);
  });

  it('deletes a node that has registered again while its host still ran', () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'kaas-node-uid-wk-1' } };
    expect(stepsOf(world({}, { lcmMachine: undefined, host: aHost('srv-1', { consumer: 'wk-1' }), node }))).toEqual([
      'delete-node',
      'release-host',
      'dismiss-agent',
      'release',
    ]);
  });
});
