import {
  type BareMetalHost,
  BareMetalHostKind,
  type Cluster,
  ClusterKind,
  EventKind,
  type KubeObject,
  type LCMMachine,
  LCMMachineKind,
  type Machine,
  MachineKind,
  SecretKind,
  keyText,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { ClusterWorld, Faults, Pace, engineChildApi, hardwareOf, ordinaryTimings } from '@keelson/lab';
import type { Manager } from '@keelson/reconcile';
import type { Spans } from '@keelson/service';
import { seededRandom, silentLog } from '@keelson/std';
import { type HermeticCluster, type HermeticOptions, hermeticCluster } from '@keelson/testing';
import { type Lifecycle, lifecycleReconcilers } from '../../../src/reconcilers.js';
import type { PastPhases } from '../../../src/updatephase/past-phases.js';
import { BareMetal, addHost } from './bare-metal.js';
import { childApi } from './child-api.js';
import { HostItems } from './host-items.js';
import { clusterName, namespace, release } from './manifests.js';
import { RackHosts } from './rack-hosts.js';

export * from './asked-plan.js';
export * from './manifests.js';

/**
 * A rack for scenarios: the lab's child clusters and the real agents, and in the place of baremetal-svc a small driver that
 * writes what it would write. All of it is simulated.
 */
export interface Rack {
  readonly world: HermeticCluster;
  readonly clusters: ClusterWorld;
  readonly manager: Manager;
  /** What was done to machines in their updates. */
  readonly phases: PastPhases;
  /** Item runs so far, as `machine/item`. */
  readonly ran: string[];
  /** How the next runs of `machine/item` end: exit codes, first come first served. */
  readonly failures: Map<string, number[]>;
  /** Hosts that do not get on with deprovisioning. */
  readonly stuck: Set<string>;
  /** Hosts that were restarted by their agents, in order. */
  readonly restarts: string[];
  /** Hosts that never return from a restart. */
  readonly lost: Set<string>;
  /** Hosts whose newer agents never report. */
  readonly deadAgents: Set<string>;
  machine(name: string): Promise<Machine>;
  machines(): Promise<readonly Machine[]>;
  lcm(name: string): Promise<LCMMachine>;
  cluster(): Promise<Cluster>;
  host(name: string): Promise<BareMetalHost>;
  /** Changes providerSpec.value of a machine. */
  ask(machine: string, value: object): Promise<void>;
  remove(machine: string): Promise<void>;
  isReady(machine: string): Promise<boolean>;
  allReady(limitSeconds?: number): Promise<void>;
  /** The host loses its power, or its network: its agent and kubelet are heard no more. */
  cut(host: string): void;
  mend(host: string): Promise<void>;
  /** The cluster's own API as its administrator, through the kubeconfig that was written. */
  child(): Promise<KubeApi>;
  close(): Promise<HermeticCluster>;
}

export interface RackOptions {
  readonly servers?: number;
  readonly hermetic?: HermeticOptions;
  readonly spans?: Spans;
}

export async function aRack({ servers = 6, hermetic = {}, spans }: RackOptions = {}): Promise<Rack> {
  const world = await hermeticCluster(hermetic);
  const clusters = new ClusterWorld({
    clock: world.clock,
    random: seededRandom('rack/clusters'),
    log: silentLog,
    pace: new Pace(1),
    timings: { ...ordinaryTimings, nodeReady: 5 },
    faults: new Faults(world.clock),
    seed: 'rack',
    hardware: (id) => hardwareOf('rack', Number(id.slice(4)), 99),
    makeApi: engineChildApi({ clock: world.clock, random: seededRandom('rack/child'), log: silentLog }),
    listens: false,
    noteCluster: () => undefined,
  });
  const lifecycle = lifecycleReconcilers({
    config: { managementEndpoint: 'https://management.test:6443' },
    clock: world.clock,
    random: seededRandom('rack/lifecycle'),
    log: silentLog,
    records: world.records,
    bus: world.bus,
    ...(spans === undefined ? {} : { spans }),
    connect: (kubeconfig) => childApi(clusters, kubeconfig),
  });
  await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, release());
  for (let n = 1; n <= servers; n += 1) await addHost(world, `srv-${n}`, n);
  const manager = await world.run('lifecycle-svc', lifecycle.reconcilers);
  return new RackWorld({ world, clusters, lifecycle, manager });
}

interface Parts {
  readonly world: HermeticCluster;
  readonly clusters: ClusterWorld;
  readonly lifecycle: Lifecycle;
  readonly manager: Manager;
}

class RackWorld implements Rack {
  readonly world: HermeticCluster;
  readonly clusters: ClusterWorld;
  readonly manager: Manager;
  readonly phases: PastPhases;
  readonly ran: string[];
  readonly failures: Map<string, number[]>;
  readonly restarts: string[];
  readonly lost: Set<string>;
  readonly deadAgents: Set<string>;
  readonly stuck = new Set<string>();
  readonly #hosts: RackHosts;
  readonly #lifecycle: Lifecycle;
  readonly #ending = new AbortController();

  constructor({ world, clusters, lifecycle, manager }: Parts) {
    const { signal } = this.#ending;
    const items = new HostItems({ world, clusters });
    this.#hosts = new RackHosts({ world, clusters, items, signal });
    this.#lifecycle = lifecycle;
    [this.world, this.clusters, this.manager, this.phases] = [world, clusters, manager, lifecycle.phases];
    ({ ran: this.ran, failures: this.failures } = items);
    ({ restarts: this.restarts, lost: this.lost, deadAgents: this.deadAgents } = this.#hosts);
    void new BareMetal({ world, hosts: this.#hosts, stuck: this.stuck, signal }).drive();
  }

  machine = (name: string): Promise<Machine> => this.world.get(MachineKind, { namespace, name });
  lcm = (name: string): Promise<LCMMachine> => this.world.get(LCMMachineKind, { namespace, name });
  cluster = (): Promise<Cluster> => this.world.get(ClusterKind, { namespace, name: clusterName });
  host = (name: string): Promise<BareMetalHost> => this.world.get(BareMetalHostKind, { namespace, name });
  machines = async (): Promise<readonly Machine[]> => (await this.world.api.list(MachineKind, { namespace })).items;

  async ask(machine: string, value: object): Promise<void> {
    await this.world.api.patch(MachineKind, { namespace, name: machine }, { spec: { providerSpec: { value } } });
  }

  async remove(machine: string): Promise<void> {
    await this.world.api.delete(MachineKind, { namespace, name: machine });
  }

  async isReady(machine: string): Promise<boolean> {
    return (await this.machine(machine)).status?.providerStatus?.ready === true;
  }

  async allReady(limitSeconds = 3600): Promise<void> {
    await this.world.until(
      'the cluster and all machines ready',
      async () =>
        (await this.cluster()).status?.providerStatus?.ready === true &&
        (await this.machines()).every((machine) => machine.status?.providerStatus?.ready === true),
      limitSeconds,
    );
  }

  cut(host: string): void {
    this.#hosts.cut(host);
  }

  async mend(host: string): Promise<void> {
    this.#hosts.mend(host);
    const found = await this.host(host);
    if (found.status?.provisioning.state === 'provisioned') await this.#hosts.boot(found);
  }

  async child(): Promise<KubeApi> {
    const secret = await this.world.get(SecretKind, { namespace, name: `${clusterName}-kubeconfig` });
    return childApi(this.clusters, Buffer.from(secret.data?.['value'] ?? '', 'base64').toString('utf8'));
  }

  async close(): Promise<HermeticCluster> {
    this.#ending.abort(new Error('the scenario is over'));
    this.#hosts.stopAll();
    this.#lifecycle.close();
    await this.clusters.close();
    await this.world.close();
    return this.world;
  }
}

/** What an object's Events say, as `reason: message`. */
export async function eventsOf(rack: Rack, object: KubeObject): Promise<readonly string[]> {
  const events = (await rack.world.api.list(EventKind, { namespace })).items;
  return events
    .filter(
      (event) =>
        event.involvedObject.kind === object.kind &&
        keyText({ name: event.involvedObject.name ?? '' }) === object.metadata.name,
    )
    .map((event) => `${event.reason ?? ''}: ${event.message ?? ''}`);
}
