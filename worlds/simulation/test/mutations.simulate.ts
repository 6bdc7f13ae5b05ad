import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ClusterKind,
  ClusterUpdatePlanKind,
  type Kind,
  type KubeObject,
  LCMClusterKind,
  LCMMachineKind,
  MachineKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  apiVersionOf,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { standingCluster, standingWorld } from '../src/index.js';
import { Mirror } from '../src/mirror.js';
import { leftBehind, planBegun, stopOf } from '../src/updates/ending.js';
import { Judges } from '../src/updates/judges.js';
import { UpdateWorld } from '../src/updates/update-world.js';

/**
 * Mistakes that no service makes, made on purpose: in each world the services are dead, and somebody writes in their place over
 * the same APIs, or an agent does as it is told. Each must be found by the oracle that is there for it, or a thousand seeds
 * that hold say nothing.
 */
const mistakes: readonly {
  readonly of: string;
  readonly mistake: (world: UpdateWorld) => Promise<void>;
  readonly found: string;
}[] = [
  {
    of: 'two of one quorum at once',
    mistake: (world) => giveTurns(world, 'cp-1', 'cp-2'),
    found: 'budget: the control-plane machines cp-1, cp-2 have a turn at once',
  },
  {
    of: 'one of a quorum while another is down',
    mistake: async (world) => {
      world.hosts.cut('cp-2');
      await pass(world, 200);
      await giveTurns(world, 'cp-1');
    },
    found: 'budget: cp-1 has its turn while cp-2 of the control plane is down',
  },
  {
    of: 'more of a group than it takes',
    mistake: (world) => giveTurns(world, 'wk-1', 'wk-2'),
    found: 'budget: group first-default takes 1 at once, and these have a turn: wk-1, wk-2',
  },
  {
    of: 'a machine before the step of another service',
    mistake: (world) => giveTurns(world, 'cp-1'),
    found: 'order: cp-1 has its turn before openstack is done',
  },
  {
    of: 'a worker before the control plane',
    mistake: (world) => giveTurns(world, 'wk-1'),
    found: 'order: wk-1 has its turn before cp-1, cp-2, cp-3 of the control plane is updated',
  },
  {
    of: 'a step of the plan before its predecessor',
    mistake: (world) => tell(world, { openstack: 'Completed', ceph: 'NotStarted', 'k8s-controllers': 'InProgress' }),
    found: 'order: plan first-21.2.0: k8s-controllers is InProgress while ceph is NotStarted',
  },
  {
    of: 'a step of machines that is called done',
    mistake: (world) => tell(world, { 'k8s-workers-first-default': 'Completed' }),
    found: 'truthful status: plan first-21.2.0: k8s-workers-first-default is Completed, and wk-1, wk-2, wk-3 are not',
  },
  {
    of: "another service's step that is called done",
    mistake: (world) => tell(world, { openstack: 'Completed' }),
    found: 'truthful status: plan first-21.2.0: openstack is Completed, and openstack is not',
  },
  {
    of: 'a kubelet that is newer than its API',
    mistake: (world) => install(world, 'v1.40.0', 'wk-1'),
    found: 'skew: with v1.40.0 on wk-1 the kubelet of wk-1 is v1.40.0 beside an API of minor 31',
  },
  {
    of: 'a control plane of versions far apart',
    mistake: (world) => install(world, 'v1.33.0', 'cp-1'),
    found: 'skew: with v1.33.0 on cp-1 the control plane spans more than one minor version',
  },
  {
    of: 'kubelets that are too far behind',
    mistake: (world) => install(world, 'v1.35.0', 'cp-1', 'cp-2', 'cp-3'),
    found: 'skew: with v1.35.0 on cp-3 the kubelet of wk-1 is v1.31.9 beside an API of minor 35',
  },
  {
    of: 'another version on a host whose node takes pods',
    mistake: (world) => install(world, 'v1.31.10', 'wk-1'),
    found: 'drain: wk-1 installs while its node takes pods',
  },
  {
    of: 'a restart of a host whose node takes pods',
    mistake: (world) => restart(world, 'wk-2'),
    found: 'drain: wk-2 restarts while its node takes pods',
  },
  {
    of: "a restart against somebody's lock",
    mistake: async (world) => {
      await lock(world, 'wk-2');
      await pass(world, 700);
      await restart(world, 'wk-2');
    },
    found: 'drain: wk-2 restarts while the lock of night-shift holds its node',
  },
  {
    of: 'a state out of order',
    mistake: (world) => report(world, MachineKind, 'wk-1', { phase: 'AwaitsProvisioning' }),
    found: 'silent waiting: Machine demo/wk-1 went from Ready to AwaitsProvisioning, which its table forbids',
  },
  {
    of: 'a wait without end',
    mistake: async (world) => {
      await report(world, MachineKind, 'wk-1', {
        phase: 'Deploy',
        progress: { state: 'Deploy', since: '2026-01-01T00:00:00Z', deadline: null },
      });
    },
    found: 'silent waiting: Machine demo/wk-1 is in Deploy without a deadline',
  },
  {
    of: 'a wait in silence',
    mistake: async (world) => {
      await report(world, MachineKind, 'wk-1', { phase: 'Deploy', progress: null });
      for (let i = 0; i < 3; i += 1) await pass(world, 60);
    },
    found: 'silent waiting: Machine demo/wk-1 is in Deploy and says nothing of what it waits for',
  },
  {
    of: 'two who undo what the other writes',
    mistake: async ({ api, cluster: { namespace, name: cluster } }) => {
      const name = `${cluster}-21.2.0`;
      for (let i = 0; i < 51; i += 1)
        for (const by of ['one', 'other'])
          await api.patch(ClusterUpdatePlanKind, { namespace, name }, { metadata: { annotations: { by } } });
    },
    found: 'write storm: ClusterUpdatePlan demo/first-21.2.0 was written more than 100 times within a minute',
  },
  {
    of: 'a host that serves two machines',
    mistake: async ({ api, mirror, cluster: { namespace } }) => {
      const host = mirror.get(MachineKind, `${namespace}/wk-1`)?.metadata.annotations?.['metal3.io/BareMetalHost'];
      const annotations = { 'metal3.io/BareMetalHost': host };
      await api.patch(MachineKind, { namespace, name: 'wk-2' }, { metadata: { annotations } });
    },
    found: 'budget: host demo/srv-04 is claimed by the machines wk-1 and wk-2',
  },
  {
    of: 'a cluster that is ready in words alone',
    mistake: async (world) => {
      const nodes = { requested: 6, ready: 4 };
      await report(world, ClusterKind, world.cluster.name, { providerStatus: { ready: true, nodes } });
      for (let i = 0; i < 7; i += 1) await pass(world, 60);
    },
    found: 'truthful status: Cluster first is shown ready with nodes that are not',
  },
];

describe('the oracles of simulated updates', () => {
  beforeAll(async () => void (await standingWorld()));
  let world: UpdateWorld | undefined;
  afterAll(() => world?.close());

  it.each(mistakes)('find $of', async ({ mistake, found }) => {
    const judges = await begun();
    await mistake(judges.world);
    await pass(judges.world, 30);
    expect(judges.found()).toContain(found);
  });

  it('find nothing where no mistake is made', async () => {
    const judges = await begun();
    await pass(judges.world, 600);
    expect(judges.found()).toEqual([]);
  });

  it('find a watch that repeats what it has told', async () => {
    const judges = await begun();
    const broken: string[] = [];
    const mirror = new Mirror(
      () => undefined,
      (what) => broken.push(what),
    );
    await mirror.start(stuttering(judges.world.api), [MachineKind]);
    await judges.world.api.patch(MachineKind, keyIn(judges.world, 'wk-1'), { metadata: { annotations: { a: 'b' } } });
    await pass(judges.world, 1);
    mirror.stop();
    expect(broken).toEqual([expect.stringMatching(/^Machine \S+\/wk-1 came with revision (\d+) after \1$/)]);
  });

  it('find what an update leaves behind', async () => {
    const { world: left } = await begun();
    const target = left.hosts.versions().get('cp-1')?.version ?? '';
    expect(leftBehind(left, target)).toEqual([]);
    const node = left.hosts.versions().get('wk-1')?.node ?? '';
    await left.child.patch(nodeKind, { name: node }, { spec: { unschedulable: true } });
    await request(left, 'wk-1');
    await report(left, MachineKind, 'wk-3', { providerStatus: { ready: false } });
    await install(left, 'v1.31.10', 'wk-2');
    await pass(left, 30);
    expect(leftBehind(left, target)).toEqual([
      'wk-2 runs v1.31.10',
      'the request nmr-wk-1 is still there',
      `node ${node} takes no pods`,
      'machine wk-3 is not ready: no message',
    ]);
  });

  it('find that an update stands still without saying why, or for what it does not name', async () => {
    const { world: still } = await begun();
    expect(stopOf(still).wrong).toMatch(/^nothing is in its way, and still it is /);
    still.hosts.lost.add('wk-3');
    still.hosts.cut('wk-3');
    expect(stopOf(still).wrong).toMatch(/^it waits for wk-3 and does not say so: no reason/);
    const name = planBegun(still)?.metadata.name ?? '';
    const progress = {
      state: 'InProgress',
      since: '2026-01-01T00:00:00Z',
      reason: 'StepFailed',
      message: 'wk-3 is away',
    };
    await report(still, ClusterUpdatePlanKind, name, { status: 'InProgress', progress });
    await pass(still, 1);
    expect(stopOf(still)).toEqual({ outcome: 'InProgress: StepFailed: wk-3 is away' });
  });

  /** A world with its judges, in which nobody is left to undo a mistake. */
  async function begun(): Promise<{ readonly world: UpdateWorld; readonly found: () => readonly string[] }> {
    await world?.close();
    world = await UpdateWorld.open({
      seed: 'mistaken',
      saved: await standingWorld(),
      cluster: standingCluster,
      pace: { item: () => 5, reboot: () => 60 },
      stepSeconds: () => 10,
    });
    const judges = new Judges(world, false);
    await judges.begin();
    await world.settle();
    for (const process of world.processes) process.kill();
    judges.expect('v1.32.0');
    watching.set(world, judges);
    return {
      world,
      found: () => judges.violations.map(({ oracle, what }) => `${oracle}: ${what}`),
    };
  }
});

const watching = new WeakMap<UpdateWorld, Judges>();
const nodeKind: Kind = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', scope: 'Cluster', hasStatus: true };

/** Lets time pass, with a look of the judges at its end. */
async function pass(world: UpdateWorld, seconds: number): Promise<void> {
  await world.clock.advance(seconds * 1000);
  watching.get(world)?.look();
}

const keyIn = ({ cluster: { namespace } }: UpdateWorld, name: string) => ({ namespace, name });

async function report(world: UpdateWorld, kind: Kind, name: string, status: object): Promise<void> {
  await world.api.patch(kind, keyIn(world, name), { status }, { subresource: 'status' });
}

async function giveTurns(world: UpdateWorld, ...machines: readonly string[]): Promise<void> {
  const turns = machines.map((name) => `${name}/uid`).join(',');
  const metadata = { annotations: { 'keelson.dev/update-turns': turns } };
  await world.api.patch(LCMClusterKind, world.cluster, { metadata });
}

async function tell(world: UpdateWorld, states: Readonly<Record<string, string>>): Promise<void> {
  const plan = planBegun(world);
  const steps = (plan?.spec.steps ?? []).map(({ id, name }) => ({ id, name, status: states[id] ?? 'NotStarted' }));
  await report(world, ClusterUpdatePlanKind, plan?.metadata.name ?? '', { status: 'InProgress', steps });
}

/** The agents of these machines are told to install that version, one after the other. */
async function install(world: UpdateWorld, version: string, ...machines: readonly string[]): Promise<void> {
  for (const name of machines) {
    const found = await world.api.get(LCMMachineKind, keyIn(world, name));
    const items = JSON.stringify(found?.spec.stateItems).replace(/v1\.\d+\.\d+/g, version);
    await world.api.patch(LCMMachineKind, keyIn(world, name), { spec: { stateItems: JSON.parse(items) as unknown } });
    await pass(world, 120);
  }
}

async function restart(world: UpdateWorld, name: string): Promise<void> {
  await world.api.patch(LCMMachineKind, keyIn(world, name), { spec: { rebootRequired: true } });
}

async function lock(world: UpdateWorld, machine: string): Promise<void> {
  await world.child.create({
    apiVersion: apiVersionOf(NodeWorkloadLockKind),
    kind: NodeWorkloadLockKind.kind,
    metadata: { name: 'night-shift' },
    spec: { controllerName: 'night-shift', nodeName: world.hosts.versions().get(machine)?.node ?? '' },
  } as KubeObject);
}

async function request(world: UpdateWorld, machine: string): Promise<void> {
  await world.child.create({
    apiVersion: apiVersionOf(NodeMaintenanceRequestKind),
    kind: NodeMaintenanceRequestKind.kind,
    metadata: { name: `nmr-${machine}` },
    spec: { nodeName: world.hosts.versions().get(machine)?.node ?? '', scope: 'drain' },
  } as KubeObject);
}

/** An API whose watches tell everything twice. */
function stuttering(api: KubeApi): Pick<KubeApi, 'list' | 'watch'> {
  return {
    list: (kind, options) => api.list(kind, options),
    async *watch(kind, options) {
      for await (const event of api.watch(kind, options)) yield* [event, event];
    },
  };
}
