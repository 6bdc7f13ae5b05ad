import {
  type ClusterUpdatePlan,
  ClusterKind,
  ClusterUpdatePlanKind,
  type KubeObject,
  NodeKind,
  type UpdateStepStatus,
  cephNodeLabels,
} from '@keelson/api';
import type { Subscription } from '@keelson/bus';
import { type UpdateAnswer, type UpdateOrder, updateOwners } from '@keelson/contracts';
import type { KubeApi } from '@keelson/kube';
import type { Manager } from '@keelson/reconcile';
import { type Clock, type Http, terminal } from '@keelson/std';
import { type HermeticCluster, type HermeticOptions, hermeticCluster } from '@keelson/testing';
import { releaseReconcilers } from '../../src/reconcilers.js';

export const namespace = 'demo';
export const clusterName = 'cloud';
export const planName = 'cloud-21.2.0';
const planKey = { namespace, name: planName };
const clusterKey = { namespace, name: clusterName };

/**
 * A cluster with three control-plane machines and six workers, two releases, and in the place of the services that bring
 * steps about stand-ins that take five minutes for each. All of it is simulated.
 */
export interface Cloud {
  readonly world: HermeticCluster;
  readonly manager: Manager;
  readonly owners: StandIns;
  plan(): Promise<ClusterUpdatePlan>;
  /** Sets commence of the named steps, and of no other. */
  commence(...steps: readonly string[]): Promise<void>;
  until(step: string, status: UpdateStepStatus['status'], limitSeconds?: number): Promise<void>;
  statuses(): Promise<Readonly<Record<string, string>>>;
}

export interface CloudOptions extends HermeticOptions {
  /** The clock of release-svc, made from the one of the world; that itself unless given. */
  readonly clockOf?: (clock: Clock) => Clock;
}

export async function aCloud(options: CloudOptions = {}): Promise<Cloud> {
  const { clockOf = (clock: Clock) => clock } = options;
  const world = await hermeticCluster(options);
  await world.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    aRelease('mosk-a', '21.1.0+26.1'),
    aRelease('mosk-b', '21.2.0+26.2'),
    aManagementRelease(),
    aCluster(),
    ...[1, 2, 3].map((n) => aMachine(`cp-${n}`)),
    ...[1, 2, 3, 4, 5, 6].map((n) => aMachine(`wk-${n}`)),
  );
  await reportCluster(world, 'mosk-a');
  const owners = new StandIns(world);
  await owners.join('openstack', 'ceph', 'kubernetes');
  const clock = clockOf(world.clock);
  const reconcilers = releaseReconcilers({ ...world, http: offline, config: {} });
  const manager = await world.run('release-svc', reconcilers, { clock });
  const plan = (): Promise<ClusterUpdatePlan> => world.get(ClusterUpdatePlanKind, planKey);
  await world.until(
    'the update is offered',
    async () => (await world.find(ClusterUpdatePlanKind, planKey)) !== undefined,
    60,
  );
  const statuses = async (): Promise<Record<string, string>> =>
    Object.fromEntries(((await plan()).status?.steps ?? []).map(({ id, status }) => [id, status]));
  return {
    world,
    manager,
    owners,
    plan,
    statuses,
    commence: async (...ids) => {
      const steps = (await plan()).spec.steps.map((step) => ({ ...step, commence: ids.includes(step.id) }));
      await world.api.patch(ClusterUpdatePlanKind, planKey, { spec: { steps } });
    },
    until: (step, status, limitSeconds = 3600) =>
      world.until(`${step} is ${status}`, async () => (await statuses())[step] === status, limitSeconds),
  };
}

/** What the controller of Ceph does to the nodes that it may use: from then on the cluster has a Ceph. */
export async function giveCeph(child: KubeApi): Promise<void> {
  for (const { metadata } of (await child.list(NodeKind)).items)
    await child.patch(
      NodeKind,
      { name: metadata.name },
      { metadata: { labels: { [cephNodeLabels.daemons]: 'true' } } },
    );
}

/** No network. */
export const offline: Http = () => Promise.reject(terminal('scenarios have no network'));

/** Writes what lifecycle-svc would of the cluster. */
export async function reportCluster(world: HermeticCluster, release: string, more: object = {}): Promise<void> {
  const ceph = { message: 'it is on wk-1, wk-2, wk-3' };
  const providerStatus = { ready: true, releaseRefs: { current: { name: release } }, ceph, ...more };
  await world.report(ClusterKind, clusterKey, { providerStatus });
}

function aRelease(name: string, version: string): KubeObject {
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'ClusterRelease',
    metadata: { name },
    spec: { version },
  } as KubeObject;
}

function aManagementRelease(): KubeObject {
  const supportedClusterReleases = [
    { name: 'mosk-a', version: '21.1.0+26.1', availableUpgrades: [{ version: '21.2.0+26.2', rebootRequired: true }] },
    { name: 'mosk-b', version: '21.2.0+26.2' },
  ];
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'KaaSRelease',
    metadata: { name: 'kaas-a', labels: { 'kaas.mirantis.com/active': 'true' } },
    spec: { version: '2.32.0', clusterRelease: 'mgmt-a', supportedClusterReleases },
  } as KubeObject;
}

function aCluster(): KubeObject {
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: clusterName, namespace },
    spec: {
      clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
      providerSpec: { value: { release: 'mosk-a' } },
    },
  } as KubeObject;
}

export function aMachine(name: string): KubeObject {
  const control = name.startsWith('cp') ? { 'cluster.sigs.k8s.io/control-plane': 'true' } : {};
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Machine',
    metadata: { name, namespace, labels: { 'cluster.sigs.k8s.io/cluster-name': clusterName, ...control } },
    spec: { providerSpec: { value: {} } },
  } as KubeObject;
}

type OwnerName = keyof typeof updateOwners;

/**
 * Simulated owners of steps: each step takes five minutes from its order, unless told to fail or to stand still. What is done of
 * `openstack` is counted.
 */
export class StandIns {
  readonly ordered: string[] = [];
  readonly failing = new Map<string, string>();
  /** Fails before anybody has asked for it. */
  readonly refusing = new Map<string, string>();
  readonly stuck = new Set<string>();
  readonly #orders = new Map<string, { at: number; hold: string | undefined }>();
  readonly #subscriptions = new Map<OwnerName, readonly Subscription[]>();
  readonly #world: HermeticCluster;

  constructor(world: HermeticCluster) {
    this.#world = world;
  }

  async join(...names: readonly OwnerName[]): Promise<void> {
    for (const name of names) {
      const { update, progress } = updateOwners[name].requests;
      this.#subscriptions.set(name, [
        await this.#world.bus.respond(update, async (order) => this.#take(order)),
        await this.#world.bus.respond(progress, async ({ step }) => this.#tell(step)),
      ]);
    }
  }

  async leave(name: OwnerName): Promise<void> {
    for (const subscription of this.#subscriptions.get(name) ?? []) await subscription.stop();
    this.#subscriptions.delete(name);
  }

  /** Whoever left is there again. */
  async return(): Promise<void> {
    const names: readonly OwnerName[] = ['openstack', 'ceph', 'kubernetes'];
    await this.join(...names.filter((name) => !this.#subscriptions.has(name)));
  }

  holdOf(step: string): string | undefined {
    return this.#orders.get(step)?.hold;
  }

  #take({ step, hold }: UpdateOrder): UpdateAnswer {
    const known = this.#orders.get(step);
    if (known === undefined) this.ordered.push(step);
    this.#orders.set(step, { at: known?.at ?? this.#world.clock.now(), hold });
    return this.#tell(step);
  }

  #tell(step: string): UpdateAnswer {
    const refusal = this.refusing.get(step);
    if (refusal !== undefined)
      return { status: 'Failed', message: refusal, waitingOn: { kind: 'OpenStackDeployment', name: 'osh-dev' } };
    const order = this.#orders.get(step);
    if (order === undefined) return { status: 'NotAsked', message: 'nobody has asked' };
    const failure = this.failing.get(step);
    if (failure !== undefined) return { status: 'Failed', message: failure };
    const hold = order.hold === undefined ? {} : { hold: order.hold };
    const done = (this.#world.clock.now() - order.at) / 60_000;
    const machines = step.startsWith('k8s-workers') ? { machines: this.#machines(order.at, done) } : {};
    const counted = step === 'openstack' ? { percent: Math.min(95, Math.floor(4 * done) * 5) } : {};
    return done >= 5 && !this.stuck.has(step) && order.hold === undefined
      ? { status: 'Completed', message: 'done', ...machines }
      : { status: 'InProgress', message: 'is at it', ...hold, ...counted, ...machines };
  }

  /** A worker every fifty seconds. */
  #machines(from: number, minutes: number): NonNullable<UpdateAnswer['machines']> {
    return [1, 2, 3, 4, 5, 6].map((n) => {
      const [start, end] = [(n - 1) * 50, n * 50];
      const at = (seconds: number): string => new Date(from + seconds * 1000).toISOString();
      const seconds = minutes * 60;
      if (seconds >= end) return { name: `wk-${n}`, state: 'done', startedAt: at(start), finishedAt: at(end) };
      return seconds >= start
        ? { name: `wk-${n}`, state: 'running', startedAt: at(start) }
        : { name: `wk-${n}`, state: 'waiting' };
    });
  }
}
