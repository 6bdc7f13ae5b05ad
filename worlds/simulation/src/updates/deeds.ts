import {
  ClusterKind,
  type ClusterUpdatePlan,
  ClusterReleaseKind,
  ClusterUpdatePlanKind,
  type KubeObject,
  KaaSReleaseKind,
  MachineKind,
  NodeWorkloadLockKind,
  UpdateGroupKind,
  apiVersionOf,
  labels,
} from '@keelson/api';
import { noBusFaults } from '@keelson/bus';
import { type Random, integerBelow, isFailure, pick } from '@keelson/std';
import { noApiFaults } from '../gate.js';
import type { UpdateWorld } from './update-world.js';

/** Something that happens to an update. */
export interface Deed {
  readonly name: DeedName;
  /** Milliseconds of the world's clock. */
  readonly at: number;
  readonly run: (world: UpdateWorld) => Promise<void> | void;
  /** How it passes: called after `lastsMs`, or when all is to be calm. Absent: it changes something for good. */
  readonly undo?: (world: UpdateWorld) => Promise<void> | void;
  readonly lastsMs?: number;
}

type Making = Pick<Deed, 'run' | 'undo' | 'lastsMs'>;

/** How each kind of deed is drawn. Those with an undo pass by themselves. */
const menu = {
  'kill a service': (random) => killing(random, pick(random, ['release-svc', 'lifecycle-svc'])),
  'kill NATS': (random) =>
    passing(
      random,
      300,
      (world) => world.setConnected(false),
      (world) => world.setConnected(true),
    ),
  'kill the API server': (random) =>
    passing(
      random,
      120,
      (world) => world.outage.begin(),
      (world) => world.outage.end(),
    ),
  'kill PostgreSQL': (random) =>
    passing(
      random,
      180,
      (world) => {
        world.trouble.records = 1;
        // The API keeps its log there: without it, it answers nothing.
        world.outage.begin();
      },
      (world) => {
        world.trouble.records = 0;
        world.outage.end();
      },
    ),
  'lossy bus': (random) =>
    passing(
      random,
      900,
      (world) => void (world.trouble.bus = lossy),
      (world) => void (world.trouble.bus = noBusFaults),
    ),
  'lossy API': (random) =>
    passing(
      random,
      900,
      (world) => void (world.trouble.api = { lostRequest: 0.03, lostAnswer: 0.03, conflict: 0.03 }),
      (world) => void (world.trouble.api = noApiFaults),
    ),
  'clock jump': (random) => {
    const service = pick(random, ['release-svc', 'lifecycle-svc', undefined]);
    const machine = random.next();
    const ms = (random.next() < 0.5 ? -1 : 1) * integerBelow(random, 6 * 3_600_000);
    const of = (world: UpdateWorld): string => service ?? anyOf(world, machine);
    return passing(
      random,
      900,
      (world) => void world.trouble.skew.set(of(world), ms),
      (world) => void world.trouble.skew.delete(of(world)),
    );
  },
  commence: (random) => {
    const share = random.next();
    return { run: (world) => commence(world, (_id, i, count) => i < Math.ceil(share * count)) };
  },
  withdraw: (random) => {
    const share = random.next();
    return { run: (world) => commence(world, (_id, i, count, was) => was && i < share * count) };
  },
  'edit a group': (random) => {
    const [concurrentUpdates, index] = [1 + integerBelow(random, 3), integerBelow(random, 3)];
    const chance = random.next();
    return {
      run: async (world) => {
        const groups = [...world.mirror.all(UpdateGroupKind)].filter(
          ({ metadata }) => !metadata.name.endsWith('-controlplane'),
        );
        const group = groups[Math.floor(chance * groups.length)];
        if (group === undefined) return;
        const { namespace, name } = group.metadata;
        await allowed(world.api.patch(UpdateGroupKind, { namespace, name }, { spec: { concurrentUpdates, index } }));
      },
    };
  },
  'move a machine to another group': (random) => {
    const [machine, group] = [random.next(), pick(random, ['first-default', 'late', 'early'])];
    return {
      run: async (world) => {
        const { namespace } = world.cluster;
        const name = workerOf(world, machine);
        await makeGroup(world, group);
        const metadata = { labels: { [labels.updateGroup]: group } };
        if (name !== undefined) await allowed(world.api.patch(MachineKind, { namespace, name }, { metadata }));
      },
    };
  },
  'order a machine': (random) => {
    const [machine, upgradeIndex] = [random.next(), 1 + integerBelow(random, 5)];
    return {
      run: async (world) => {
        const name = workerOf(world, machine);
        const spec = { providerSpec: { value: { upgradeIndex } } };
        if (name !== undefined)
          await allowed(world.api.patch(MachineKind, { namespace: world.cluster.namespace, name }, { spec }));
      },
    };
  },
  "an operator's lock": (random) => {
    const chance = random.next();
    const name = 'night-shift';
    return passing(
      random,
      1_800,
      async (world) => {
        const members = [...world.hosts.versions().values()];
        const nodeName = members[Math.floor(chance * members.length)]?.node ?? '';
        await allowed(
          world.child.create({
            apiVersion: apiVersionOf(NodeWorkloadLockKind),
            kind: NodeWorkloadLockKind.kind,
            metadata: { name },
            spec: { controllerName: name, nodeName },
          } as KubeObject),
        );
      },
      (world) => allowed(world.child.delete(NodeWorkloadLockKind, { name })),
    );
  },
  'delete the plan': () => ({
    run: async (world) => {
      const plan = planOf(world);
      if (plan === undefined) return;
      const { namespace, name } = plan.metadata;
      await allowed(world.api.delete(ClusterUpdatePlanKind, { namespace, name }));
    },
  }),
  'write the release by hand': () => ({
    run: async (world) => {
      const release = planOf(world)?.spec.target;
      if (release === undefined) return;
      const { namespace, name } = world.cluster;
      const spec = { providerSpec: { value: { release } } };
      await allowed(world.api.patch(ClusterKind, { namespace, name }, { spec }));
    },
  }),
  'an alert': (random) =>
    passing(
      random,
      900,
      (world) => void world.owners.alerts.add('CephClusterHealthCritical'),
      (world) => world.owners.alerts.clear(),
    ),
  'an owner is gone': (random) => {
    const name = pick(random, ['openstack', 'ceph'] as const);
    return passing(
      random,
      900,
      (world) => world.owners.leave(name),
      (world) => world.owners.join(name),
    );
  },
  'a step fails': (random) => {
    const step = pick(random, ['openstack', 'ceph']);
    return passing(
      random,
      900,
      (world) => void world.owners.failing.set(step, 'it broke (simulated)'),
      (world) => void world.owners.failing.delete(step),
    );
  },
  'items fail': (random) => {
    const [machine, many] = [random.next(), 1 + integerBelow(random, 6)];
    return { run: (world) => void world.hosts.failures.set(anyOf(world, machine), many) };
  },
  'a host loses power': (random) => {
    const machine = random.next();
    return passing(
      random,
      1_200,
      (world) => world.hosts.cut(anyOf(world, machine)),
      (world) => world.hosts.mend(anyOf(world, machine)),
    );
  },
  'a node never returns': (random) => {
    const machine = random.next();
    return { run: (world) => void world.hosts.lost.add(anyOf(world, machine)) };
  },
  'the release is pulled back': (random) => {
    const which = pick(random, ['target', 'target', 'source'] as const);
    let pulled: KubeObject | undefined;
    return passing(
      random,
      1_800,
      async (world) => {
        const name = planOf(world)?.spec[which];
        if (name === undefined) return;
        pulled ??=
          world.mirror.get(ClusterReleaseKind, `/${name}`) ?? (await world.api.get(ClusterReleaseKind, { name }));
        await allowed(world.api.delete(ClusterReleaseKind, { name }));
      },
      async (world) => {
        if (pulled === undefined) return;
        const { name, labels: own = {} } = pulled.metadata;
        await allowed(
          world.api.apply({ ...pulled, metadata: { name, labels: own } }, { fieldManager: 'kubectl', force: true }),
        );
      },
    );
  },
  'no way leads there any more': (random) => {
    let before: string | undefined;
    return passing(
      random,
      1_800,
      async (world) => {
        before ??= activeRelease(world);
        await setInUse(world, before, false);
      },
      (world) => setInUse(world, before, true),
    );
  },
} satisfies Record<string, (random: Random) => Making>;

export type DeedName = keyof typeof menu;
export const deedNames = Object.keys(menu) as readonly DeedName[];

const lossy = {
  lostDelivery: 0.1,
  doubled: 0.1,
  delayed: 0.3,
  maxDelayMs: 30_000,
  failedPublish: 0.1,
  lostForGood: 0.05,
  lostRequest: 0.1,
};

/** Draws what happens to one update, in the order of its time. */
export function drawDeeds(random: Random, from: number, to: number, names = deedNames): readonly Deed[] {
  const many = 3 + integerBelow(random, 9);
  return Array.from({ length: many }, (): Deed => {
    const name = pick(random, names);
    const making: Making = menu[name](random);
    return { name, at: from + integerBelow(random, to - from), ...making };
  }).sort((a, b) => a.at - b.at);
}

/** What besides happens where a cloud is: its service dies. */
export function drawCloudDeeds(random: Random, from: number, to: number): readonly Deed[] {
  const many = integerBelow(random, 3);
  return Array.from({ length: many }, (): Deed => {
    const at = from + integerBelow(random, to - from);
    return { name: 'kill a service', at, ...killing(random, 'openstack-svc') };
  });
}

function killing(random: Random, name: string): Making {
  const process = (world: UpdateWorld) => world.processes.find((one) => one.name === name);
  return passing(
    random,
    60,
    (world) => void process(world)?.kill(),
    async (world) => {
      if (process(world)?.service === undefined) await process(world)?.start();
    },
  );
}

function passing(
  random: Random,
  mostSeconds: number,
  run: Deed['run'],
  undo: NonNullable<Deed['undo']>,
): Making & Required<Pick<Making, 'undo' | 'lastsMs'>> {
  return { run, undo, lastsMs: 500 + integerBelow(random, mostSeconds * 1000) };
}

/** What an operator is refused changes nothing. */
async function allowed(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!isFailure(error)) throw error;
  });
}

/** The plan that is carried out, or may be: the first by name. */
export function planOf(world: UpdateWorld): ClusterUpdatePlan | undefined {
  const plans = [...world.mirror.all(ClusterUpdatePlanKind)].sort((a, b) =>
    a.metadata.name < b.metadata.name ? -1 : 1,
  );
  return plans.find(({ status }) => status?.startedAt !== undefined && status.status !== 'Completed') ?? plans[0];
}

/** Sets `commence` of the steps of the plan, as an operator does who reads it first. */
export async function commence(
  world: UpdateWorld,
  isCommenced: (id: string, i: number, count: number, was: boolean) => boolean,
): Promise<void> {
  const plan = planOf(world);
  if (plan === undefined) return;
  const { namespace, name, resourceVersion } = plan.metadata;
  const steps = plan.spec.steps.map((step, i, { length }) => ({
    ...step,
    commence: isCommenced(step.id, i, length, step.commence),
  }));
  await allowed(
    world.api.patch(ClusterUpdatePlanKind, { namespace, name }, { metadata: { resourceVersion }, spec: { steps } }),
  );
}

async function makeGroup(world: UpdateWorld, name: string): Promise<void> {
  if (name === 'first-default') return;
  const { namespace } = world.cluster;
  await allowed(
    world.api.create({
      apiVersion: apiVersionOf(UpdateGroupKind),
      kind: UpdateGroupKind.kind,
      metadata: { name, namespace, labels: { [labels.clusterName]: world.cluster.name } },
      spec: { index: name === 'early' ? 0 : 2, concurrentUpdates: 2, rebootIfUpdateRequires: true },
    } as KubeObject),
  );
}

function activeRelease(world: UpdateWorld): string | undefined {
  return [...world.mirror.all(KaaSReleaseKind)].find(({ metadata }) => metadata.labels?.[labels.active] === 'true')
    ?.metadata.name;
}

/** What a KaaSRelease says of ways cannot be changed: its ways are there while it is the one in use. */
async function setInUse(world: UpdateWorld, name: string | undefined, is: boolean): Promise<void> {
  if (name === undefined) return;
  const metadata = { labels: { [labels.active]: is ? 'true' : null } };
  await allowed(world.api.patch(KaaSReleaseKind, { name }, { metadata }));
}

function anyOf(world: UpdateWorld, chance: number): string {
  const { names } = world.hosts;
  return names[Math.floor(chance * names.length)] ?? '';
}

function workerOf(world: UpdateWorld, chance: number): string | undefined {
  const workers = [...world.hosts.versions()].flatMap(([name, { role }]) => (role === 'worker' ? [name] : []));
  return workers[Math.floor(chance * workers.length)];
}
