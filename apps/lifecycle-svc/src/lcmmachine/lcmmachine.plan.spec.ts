import { describe, expect, it } from '@jest/globals';
import type { Node, NodeWorkloadLock, Pod } from '@keelson/api';
import { aMachine, anItem, anLcmCluster, anLcmMachine, answering, now } from '../machine/machine.fixtures.js';
import { anLcmWorld } from './lcmmachine.fixtures.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
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
      child: { contact: { answers: false, since: 0, why: 'connection refused' }, nodes: new Map() },
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

describe('leaving the cluster', () => {
  const node = (more: Partial<Node> = {}): Node => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'kaas-node-uid-wk-1' },
    ...more,
  });
  const cordoned = node({
    metadata: { name: 'kaas-node-uid-wk-1', annotations: { 'keelson.dev/leaving': 'now' } },
    spec: { unschedulable: true },
  });
  const pod = (name: string, more: Partial<Pod> = {}): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    ...more,
    metadata: { name, namespace: 'apps', ...more.metadata },
  });
  const machine = anLcmMachine('wk-1', [anItem('join', 'deploy')], { done: ['join'], spec: { prepareDeletion: true } });
  const world = (more: Partial<LcmMachineWorld>): LcmMachineWorld =>
    anLcmWorld({ lcmCluster, machine, drain: { pods: [], locks: [] }, ...more });
  const steps = (of: LcmMachineWorld) => planLcmMachine(of).steps.map((step) => step.type);

  it('announces, cordons, evicts all but daemons, then deletes the node', () => {
    expect(steps(world({ node: node() }))).toEqual(['announce-leaving', 'cordon']);
    const daemon = pod('daemon', {
      metadata: {
        name: 'daemon',
        namespace: 'apps',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'd' }],
      },
    });
    expect(
      planLcmMachine(world({ node: cordoned, drain: { pods: [daemon, pod('web')], locks: [] } })).steps,
    ).toMatchObject([{ type: 'evict', pods: [{ namespace: 'apps', name: 'web' }] }]);
    expect(
      steps(
        world({
          node: cordoned,
          drain: { pods: [daemon, pod('done', { status: { phase: 'Succeeded' } })], locks: [] },
        }),
      ),
    ).toEqual(['delete-node', 'withdraw-leaving']);
    expect(status(world({ node: undefined }))).toMatchObject({
      prepareDeletionPhase: 'completed',
      kubernetesCordonDrain: 'cordondrained',
    });
  });

  it('waits for a workload lock and names it', () => {
    const lock: NodeWorkloadLock = {
      apiVersion: 'lcm.mirantis.com/v1alpha1',
      kind: 'NodeWorkloadLock',
      metadata: { name: 'openstack-1' },
      spec: { controllerName: 'openstack', nodeName: 'kaas-node-uid-wk-1' },
      status: { state: 'active', errorMessage: 'instances cannot be moved' },
    };
    expect(planLcmMachine(world({ node: cordoned, drain: { pods: [], locks: [lock] } }))).toMatchObject({
      steps: [],
      outcome: {
        on: { kind: 'NodeWorkloadLock', name: 'openstack-1' },
        message: expect.stringContaining('instances cannot be moved'),
      },
    });
    expect(
      steps(world({ node: cordoned, drain: { pods: [], locks: [{ ...lock, status: { state: 'inactive' } }] } })),
    ).toEqual(['delete-node', 'withdraw-leaving']);
  });

  it('fails by its deadline, says how to go on, and tries on', () => {
    const owner = aMachine(
      'wk-1',
      {},
      { status: { phase: 'Deleting', progress: { state: 'Deleting', since: '2026-01-01T10:00:00Z' } } },
    );
    const late = world({ owner, node: cordoned, drain: { pods: [pod('web')], locks: [] } });
    expect(status(late)).toMatchObject({ prepareDeletionPhase: 'failed' });
    expect(planLcmMachine(late)).toMatchObject({
      steps: [{ type: 'evict' }],
      outcome: { message: expect.stringContaining('relax spec.providerSpec.value.deletionPolicy') },
    });
  });

  it('is over at once for a machine that never became a node, even with a silent API', () => {
    const never = anLcmMachine('wk-1', [fetch], { spec: { prepareDeletion: true } });
    expect(
      status(world({ machine: never, child: { ...answering, contact: { answers: false, since: 0, why: 'x' } } })),
    ).toMatchObject({ prepareDeletionPhase: 'completed' });
  });

  it('is taken back when the request is', () => {
    const back = world({
      machine: anLcmMachine('wk-1', [anItem('join', 'deploy')], { done: ['join'] }),
      node: cordoned,
    });
    expect([steps(back), status(back)?.prepareDeletionPhase]).toEqual([['uncordon', 'withdraw-leaving'], 'aborting']);
  });
});
