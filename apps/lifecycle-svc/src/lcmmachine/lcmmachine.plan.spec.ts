import { describe, expect, it } from '@jest/globals';
import type { LCMClusterState, Node, NodeWorkloadLock } from '@keelson/api';
import {
  aMachine,
  aProtocol,
  anItem,
  anLcmCluster,
  anLcmMachine,
  answering,
  now,
} from '../machine/machine.fixtures.js';
import { unseen } from '../child/child-clusters.js';
import { anLcmWorld } from './lcmmachine.fixtures.js';
import type { LcmMachineWorld, OutReason } from './lcmmachine.observe.js';
import { planLcmMachine } from './lcmmachine.plan.js';
import { lcmMachineStatus } from './lcmmachine.status.js';

const fetch = anItem('fetch', 'prepare');
const join = anItem('join', 'deploy', { role: '{{controlPlaneRole}}', nodeIP: '{{nodeIP}}' });
const tune = anItem('tune', 'reconfigure', {
  secretName: '{{deploymentSecret}}',
  registries: '{{containerRegistries}}',
});
const release = { machineTypes: { control: [fetch, join, tune], worker: [fetch, join, tune] } };
const lcmCluster = anLcmCluster({ spec: release });
const deployedControl = {
  machine: aMachine('cp-1'),
  lcmMachine: anLcmMachine('cp-1', [anItem('join', 'deploy', { role: 'init' })], { done: ['join'] }),
};

const given = (world: LcmMachineWorld) =>
  planLcmMachine(world).steps.flatMap((step) =>
    step.type === 'give-items' ? step.items.map((item) => item.name) : [step.type],
  );
const status = (world: LcmMachineWorld) => {
  const plan = planLcmMachine(world);
  return lcmMachineStatus(world, { plan, done: [], outcome: plan.outcome, attempt: 0, now });
};

describe('the items of a machine', () => {
  it('are not given before its agent has reported, nor before an operator lets it through', () => {
    expect(
      planLcmMachine(anLcmWorld({ lcmCluster, machine: anLcmMachine('wk-1', [], { heard: false }) })),
    ).toMatchObject({ steps: [], outcome: { reason: 'AgentUnheard' } });
    expect(
      planLcmMachine(anLcmWorld({ lcmCluster, owner: aMachine('wk-1', { day1Deployment: 'manual' }) })),
    ).toMatchObject({ steps: [], outcome: { reason: 'AwaitsDeployment' } });
  });

  it('prepare at once, deploy after the control plane', () => {
    expect(given(anLcmWorld({ lcmCluster }))).toEqual(['fetch']);
    const prepared = anLcmMachine('wk-1', [fetch], { done: ['fetch'] });
    expect(planLcmMachine(anLcmWorld({ lcmCluster, machine: prepared }))).toMatchObject({
      steps: [],
      outcome: { reason: 'NoControlPlane' },
    });
    const control = [deployedControl, { machine: aMachine('cp-2'), lcmMachine: anLcmMachine('cp-2', [fetch]) }];
    expect(planLcmMachine(anLcmWorld({ lcmCluster, machine: prepared, control }))).toMatchObject({
      steps: [],
      outcome: { reason: 'AwaitsControlPlane', on: { kind: 'LCMCluster' } },
    });
    expect(given(anLcmWorld({ lcmCluster, machine: prepared, control: [deployedControl] }))).toEqual([
      'fetch',
      'join',
      'tune',
    ]);
  });

  it('of a worker wait while the API of the cluster is silent', () => {
    const world = anLcmWorld({
      lcmCluster,
      machine: anLcmMachine('wk-1', [fetch], { done: ['fetch'] }),
      control: [deployedControl],
      child: { ...unseen, contact: { answers: false, since: 0, why: 'connection refused' } },
    });
    expect(planLcmMachine(world)).toMatchObject({ steps: [], outcome: { reason: 'AwaitsControlPlane' } });
  });

  it('of a control-plane machine wait for its turn and carry the role that comes with it', () => {
    const machine = anLcmMachine('cp-2', [fetch], { done: ['fetch'] });
    expect(
      planLcmMachine(
        anLcmWorld({
          machine,
          lcmCluster: anLcmCluster({ spec: release, annotations: { 'keelson.dev/turn': 'cp-1/uid-cp-1/init' } }),
        }),
      ),
    ).toMatchObject({ steps: [], outcome: { reason: 'AwaitsTurn', on: { kind: 'LCMCluster' } } });
    const plan = planLcmMachine(
      anLcmWorld({
        machine,
        control: [deployedControl],
        lcmCluster: anLcmCluster({ spec: release, annotations: { 'keelson.dev/turn': 'cp-2/uid-cp-2/join' } }),
      }),
    );
    expect(plan.steps).toMatchObject([
      {
        type: 'give-items',
        items: [{ name: 'fetch' }, { name: 'join', params: { role: 'join', nodeIP: '127.20.0.21' } }, { name: 'tune' }],
      },
    ]);
    const stolen = anLcmCluster({
      spec: release,
      annotations: { 'keelson.dev/turn': 'cp-2/uid-of-an-older-cp-2/join' },
    });
    expect(planLcmMachine(anLcmWorld({ machine, lcmCluster: stolen })).steps).toEqual([]);
  });

  it('once given stay as they are, but for those that reconfigure', () => {
    const before = [
      anItem('fetch', 'prepare'),
      anItem('join', 'deploy', { role: 'init', nodeIP: 'old' }),
      anItem('tune', 'reconfigure', { secretName: 'first-control-deployment', registries: '', secretHash: 'abc' }),
    ];
    const machine = anLcmMachine('cp-1', before, { done: ['fetch', 'join', 'tune'] });
    expect(planLcmMachine(anLcmWorld({ machine, lcmCluster }))).toMatchObject({
      steps: [],
      outcome: { type: 'settled' },
    });
    const plan = planLcmMachine(
      anLcmWorld({ machine, lcmCluster, secretHash: 'renewed', registries: ['registry.test:5000'] }),
    );
    expect(plan.steps).toMatchObject([
      { items: [before[0], before[1], { params: { registries: 'registry.test:5000', secretHash: 'renewed' } }] },
    ]);
  });

  it('have the params that an operator has set for this machine alone', () => {
    const machine = anLcmMachine('wk-1');
    machine.spec.stateItemsOverwrites = { fetch: { url: 'https://mirror.test/fetch' } };
    expect(planLcmMachine(anLcmWorld({ machine, lcmCluster })).steps).toMatchObject([
      { items: [{ name: 'fetch', params: { ...fetch.params, url: 'https://mirror.test/fetch' } }] },
    ]);
  });

  it('are given to so many workers at once as may prepare', () => {
    const limited = anLcmCluster({ spec: { ...release, maxWorkerPrepareCount: 1 } });
    const busy = anLcmMachine('wk-0', [fetch]);
    expect(planLcmMachine(anLcmWorld({ lcmCluster: limited, workers: [busy, anLcmMachine()] }))).toMatchObject({
      steps: [],
      outcome: { reason: 'NoPlace', on: { name: 'wk-0' } },
    });
    expect(
      given(
        anLcmWorld({
          lcmCluster: limited,
          workers: [anLcmMachine('wk-0', [fetch], { done: ['fetch'] }), anLcmMachine()],
        }),
      ),
    ).toEqual(['fetch']);
  });

  it('of a release with an unknown placeholder block the machine and name it', () => {
    const broken = anLcmCluster({
      spec: { machineTypes: { worker: [anItem('fetch', 'prepare', { x: '{{nonsense}}' })] } },
    });
    expect(planLcmMachine(anLcmWorld({ lcmCluster: broken }))).toMatchObject({
      steps: [],
      outcome: {
        type: 'blocked',
        reason: 'UnknownPlaceholder',
        message: expect.stringContaining('fetch holds the placeholder {{nonsense}}'),
      },
    });
  });
});

describe('trouble', () => {
  const items = [fetch, anItem('join', 'deploy', { role: 'worker' })];

  it('names a silent agent and since when', () => {
    const world = anLcmWorld({
      machine: anLcmMachine('wk-1', items, { done: ['fetch', 'join'] }),
      lease: {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'wk-1' },
        spec: { renewTime: '2026-01-01T11:50:00Z', leaseDurationSeconds: 120 },
      },
    });
    expect(status(world)).toMatchObject({
      state: 'Ready',
      lcmOperationStuck: true,
      lcmOperationStuckMessage: expect.stringContaining('the agent of wk-1 is silent since 2026-01-01T11:50:00Z'),
    });
  });

  it('names an item that fails with its try and what it said', () => {
    const world = anLcmWorld({ machine: anLcmMachine('wk-1', items, { done: ['fetch'], failed: ['join'] }) });
    expect(status(world)).toMatchObject({
      state: 'Deploy',
      lcmOperationStuck: true,
      lcmOperationStuckMessage: 'item join failed on try 1 with code 2: what the runner said',
    });
  });
});

describe('a drain that failed', () => {
  const held = { value: 'false', attempt: 2, message: 'the disruption budget web/none holds pod web/held' };
  const world = (reason: OutReason) => anLcmWorld({ lcmCluster, drain: aDrain(reason, 'true', held) });

  it('in an update makes the operation stuck, by the pod and its budget; one that an operator asked for does not', () => {
    expect(status(world('upgrade'))).toMatchObject({
      lcmOperationStuck: true,
      lcmOperationStuckMessage: expect.stringContaining('budget web/none holds pod web/held'),
    });
    expect([status(world('maintenance')), status(world('delete'))]).toMatchObject([
      { lcmOperationStuck: false },
      { lcmOperationStuck: false },
    ]);
  });
});

describe('leaving the cluster', () => {
  const name = 'kaas-node-uid-wk-1';
  const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name } };
  const machine = anLcmMachine('wk-1', [anItem('join', 'deploy')], { done: ['join'], spec: { prepareDeletion: true } });
  const announced = { ...answering, protocol: aProtocol({ isLeaving: () => true }) };
  const world = (more: Partial<LcmMachineWorld>): LcmMachineWorld =>
    anLcmWorld({ lcmCluster, machine, node, child: announced, ...more });
  const steps = (of: LcmMachineWorld) => planLcmMachine(of).steps.map((step) => step.type);

  it('announces, waits for locks, has the node drained, then deletes it', () => {
    expect(steps(world({ child: answering }))).toEqual(['announce-leaving']);
    expect(steps(world({}))).toEqual(['ask-drain']);
    expect(steps(world({ drain: aDrain('delete', 'true') }))).toEqual([]);
    expect(steps(world({ drain: aDrain('delete', 'true', { value: 'true' }) }))).toEqual([
      'delete-node',
      'withdraw-leaving',
      'forget-drain',
    ]);
    expect(status(world({ node: undefined }))).toMatchObject({
      prepareDeletionPhase: 'completed',
      kubernetesCordonDrain: 'cordondrained',
    });
  });

  it('waits for a workload lock whoever made it, and names its holder', () => {
    expect(planLcmMachine(world({ locks: [aLock('active', 'instances cannot be moved')] }))).toMatchObject({
      steps: [],
      outcome: {
        on: { kind: 'NodeWorkloadLock', name: 'openstack-1' },
        reason: 'WorkloadLocked',
        message: expect.stringContaining('instances cannot be moved'),
      },
    });
    expect(planLcmMachine(world({ locks: [aLock(undefined), aLock('failed')] }))).toMatchObject({
      outcome: { reason: 'WorkloadLockFailed' },
    });
    expect(steps(world({ locks: [aLock('inactive')] }))).toEqual(['ask-drain']);
  });

  it('is not held by a lock whose controller takes no part, and says of one that does not tell how it is let go', () => {
    const [other, saysNothing, answers] = [
      aLock('active', undefined, false),
      aLock('active'),
      aLock('active', 'OSDs are moved', true),
    ];
    expect(steps(world({ locks: [other] }))).toEqual(['ask-drain']);
    const messageOf = (...locks: NodeWorkloadLock[]): string => {
      const { outcome } = planLcmMachine(world({ locks: [other, ...locks] }));
      return 'message' in outcome ? (outcome.message ?? '') : '';
    };
    expect(messageOf(saysNothing)).toContain('does not say that it answers a NodeDeletionRequest');
    expect(messageOf(saysNothing, answers)).toContain('OSDs are moved');
    expect(messageOf(saysNothing, answers)).not.toContain('does not say');
  });

  it('tells what its drain waits for', () => {
    const drain = aDrain('delete', 'true', {
      value: 'false',
      message: 'the disruption budget web/none holds pod web/held',
      progress: { state: 'Draining', since: 'x', reason: 'DisruptionBudget' },
    });
    expect(planLcmMachine(world({ drain })).outcome).toMatchObject({
      on: { kind: 'LCMClusterState', name: 'cd-wk-1' },
      reason: 'DisruptionBudget',
      message: 'the disruption budget web/none holds pod web/held',
    });
  });

  it('fails by its deadline and says how to go on', () => {
    const owner = aMachine(
      'wk-1',
      {},
      { status: { phase: 'Deleting', progress: { state: 'Deleting', since: '2026-01-01T10:00:00Z' } } },
    );
    const late = world({ owner, locks: [aLock('active')] });
    expect(status(late)).toMatchObject({
      prepareDeletionPhase: 'failed',
      kubernetesCordonDrainError: expect.stringContaining('relax spec.providerSpec.value.deletionPolicy'),
    });
  });

  it('is over at once for a machine that never became a node, even with a silent API', () => {
    const never = anLcmMachine('wk-1', [fetch], { spec: { prepareDeletion: true } });
    expect(
      status(world({ machine: never, child: { ...answering, contact: { answers: false, since: 0, why: 'x' } } })),
    ).toMatchObject({ prepareDeletionPhase: 'completed' });
  });

  it('is taken back when the request is', () => {
    const kept = anLcmMachine('wk-1', [anItem('join', 'deploy')], { done: ['join'] });
    const back = world({ machine: kept, drain: aDrain('delete', 'true', { value: 'true' }) });
    expect([steps(back), status(back)?.prepareDeletionPhase]).toEqual([['withdraw-leaving', 'ask-drain'], 'aborting']);
    const done = world({ machine: kept, child: answering, drain: aDrain('delete', 'false', { value: 'false' }) });
    expect(steps(done)).toEqual(['withdraw-maintenance', 'forget-drain']);
  });
});

describe('maintenance of a node', () => {
  const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'kaas-node-uid-wk-1' } };
  const items = [anItem('join', 'deploy')];
  const asked = anLcmMachine('wk-1', items, { done: ['join'], spec: { maintenance: true } });
  const request = {
    apiVersion: 'lcm.mirantis.com/v1alpha1',
    kind: 'NodeMaintenanceRequest',
    metadata: { name: 'kaas-node-uid-wk-1' },
    spec: { nodeName: 'kaas-node-uid-wk-1', scope: 'os' as const },
  };
  const requested = { ...answering, protocol: aProtocol({ nodeRequest: () => request }) };
  const world = (more: Partial<LcmMachineWorld>): LcmMachineWorld =>
    anLcmWorld({ lcmCluster, machine: asked, node, child: requested, ...more });
  const steps = (of: LcmMachineWorld) => planLcmMachine(of).steps.map((step) => step.type);

  it('asks, waits for locks, has the node drained and stays', () => {
    expect(steps(world({ child: answering }))).toEqual(['request-maintenance']);
    expect(planLcmMachine(world({ locks: [aLock('active')] }))).toMatchObject({
      steps: [],
      outcome: { reason: 'WorkloadLocked', message: expect.stringContaining('delete the lock') },
    });
    expect(steps(world({}))).toEqual(['ask-drain']);
    const drained = world({ drain: aDrain('maintenance', 'true', { value: 'true' }) });
    expect([planLcmMachine(drained).outcome.type, status(drained)]).toMatchObject([
      'settled',
      { maintenance: true, kubernetesCordonDrain: 'cordondrained' },
    ]);
  });

  it('goes on without locks and drain on an operator’s word', () => {
    const passed = { ...asked, metadata: { ...asked.metadata, annotations: { 'skip-maintenance': 'true' } } };
    expect(status(world({ machine: passed, locks: [aLock('active')] }))).toMatchObject({ maintenance: true });
  });

  it('comes back: the node takes pods, then the request is withdrawn', () => {
    const machine = anLcmMachine('wk-1', items, { done: ['join'] });
    const back = (drain: LcmMachineWorld['drain']) => steps(world({ machine, drain }));
    expect(back(aDrain('maintenance', 'true', { value: 'true' }))).toEqual(['ask-drain']);
    expect(back(aDrain('maintenance', 'false', { value: 'false' }))).toEqual(['withdraw-maintenance', 'forget-drain']);
  });
});

function aLock(
  state: 'active' | 'inactive' | 'failed' | undefined,
  errorMessage?: string,
  nodeDeletionRequestSupported?: boolean,
): NodeWorkloadLock {
  return {
    apiVersion: 'lcm.mirantis.com/v1alpha1',
    kind: 'NodeWorkloadLock',
    metadata: { name: 'openstack-1' },
    spec: {
      controllerName: 'openstack',
      nodeName: 'kaas-node-uid-wk-1',
      ...(nodeDeletionRequestSupported === undefined ? {} : { nodeDeletionRequestSupported }),
    },
    ...(state === undefined ? {} : { status: { state, ...(errorMessage === undefined ? {} : { errorMessage }) } }),
  };
}

function aDrain(
  reason: OutReason,
  value: 'true' | 'false',
  status?: LCMClusterState['status'],
): NonNullable<LcmMachineWorld['drain']> {
  return {
    reason,
    state: {
      apiVersion: 'lcm.mirantis.com/v1alpha1',
      kind: 'LCMClusterState',
      metadata: { name: 'cd-wk-1', namespace: 'demo' },
      spec: { type: 'cordon-drain', arg: 'wk-1', value },
      ...(status === undefined ? {} : { status }),
    },
  };
}
