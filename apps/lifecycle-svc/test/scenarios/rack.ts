import { readFileSync } from 'node:fs';
import {
  type AgentConfig,
  type AgentProcess,
  type Bundle,
  type Bundles,
  type Runner,
  type StartContext,
  type StateItem,
  agentVersion,
  launch,
  startAgent,
} from '@keelson/agent';
import {
  type BareMetalHost,
  BareMetalHostKind,
  type Cluster,
  ClusterKind,
  EventKind,
  type IPaddr,
  IPaddrKind,
  IpamHostKind,
  type KubeObject,
  type LCMMachine,
  LCMMachineKind,
  type Machine,
  MachineKind,
  SecretKind,
  keyOf,
  keyText,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { Faults, Pace, engineBehind, engineChildApi, ordinaryTimings } from '@keelson/lab';
import { type AnyReconciler, type Manager } from '@keelson/reconcile';
import type { Spans } from '@keelson/service';
import { seededRandom, silentLog, sleep, transient } from '@keelson/std';
import { type HermeticCluster, type HermeticOptions, engineKubeApi, hermeticCluster } from '@keelson/testing';
import { load } from 'js-yaml';
import { ClusterWorld } from '../../../lab/src/clusters/cluster-world.js';
import { clusterParams, isClusterItem, pkiOf } from '../../../lab/src/runner/cluster-items.js';
import { hardwareOf } from '../../../lab/src/world/hardware.js';
import { type Lifecycle, lifecycleReconcilers } from '../../src/reconcilers.js';
import type { PastPhases } from '../../src/updatephase/past-phases.js';

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

export const namespace = 'demo';
export const clusterName = 'first';
const address = '127.20.1.2';
const ofCluster = { 'kaas.mirantis.com/provider': 'baremetal', 'cluster.sigs.k8s.io/cluster-name': clusterName };

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
  return new RackWorld(world, clusters, lifecycle, manager);
}

export function release(): KubeObject {
  const path = new URL('../../../../deploy/releases/mosk-21-1-0-26-1.yaml', import.meta.url);
  return load(readFileSync(path, 'utf8')) as KubeObject;
}

/** A further release of the same shape: other versions of Kubernetes and of its distribution. */
export function nextRelease(version = '21.2.0+26.2', kubernetes = '1.32.5'): KubeObject {
  const text = JSON.stringify(release())
    .replaceAll('21.1.0+26.1', version)
    .replaceAll('1.31.9', kubernetes)
    .replaceAll('3.8.7', '3.9.0')
    .replaceAll('1.42.0', '1.43.0')
    .replace('mosk-21-1-0-26-1', nextReleaseName);
  return JSON.parse(text) as KubeObject;
}

export const nextReleaseName = 'mosk-21-2-0-26-2';

/** The release of the management cluster that lets clusters be updated from one to the other. */
export function aKaasRelease(rebootRequired = false): KubeObject {
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'KaaSRelease',
    metadata: { name: 'kaas-2-32-0', labels: { 'kaas.mirantis.com/active': 'true' } },
    spec: {
      version: '2.32.0',
      clusterRelease: 'mgmt-20-1-0',
      supportedClusterReleases: [
        {
          name: 'mosk-21-1-0-26-1',
          version: '21.1.0+26.1',
          availableUpgrades: [{ version: '21.2.0+26.2', rebootRequired }],
        },
        { name: nextReleaseName, version: '21.2.0+26.2' },
      ],
    },
  } as KubeObject;
}

export function aCluster(value: object = {}): KubeObject {
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: clusterName, namespace, labels: { 'kaas.mirantis.com/provider': 'baremetal' } },
    spec: {
      clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
      providerSpec: { value: { release: 'mosk-21-1-0-26-1', ...value } },
    },
  } as KubeObject;
}

export function aSubnet(): KubeObject {
  return {
    apiVersion: 'ipam.mirantis.com/v1alpha1',
    kind: 'Subnet',
    metadata: { name: 'api', namespace, labels: { ...ofCluster, 'ipam/SVC-LBhost': '1' } },
    spec: { cidr: '127.20.1.0/28', includeRanges: [address] },
  } as KubeObject;
}

/** A Machine for the host of that number; `cp-…` is a control-plane machine. */
export function aMachine(name: string, host: number, value: object = {}): KubeObject {
  const control = name.startsWith('cp') ? { 'cluster.sigs.k8s.io/control-plane': 'true' } : {};
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Machine',
    metadata: { name, namespace, labels: { ...ofCluster, ...control } },
    spec: {
      providerSpec: {
        value: {
          hostSelector: { matchLabels: { 'kaas.mirantis.com/baremetalhost-id': `srv-${host}` } },
          day1Provisioning: 'auto',
          day1Deployment: 'auto',
          ...value,
        },
      },
    },
  } as KubeObject;
}

/** Three control-plane machines and so many workers. */
export function theCluster(workers = 3, value: object = {}): readonly KubeObject[] {
  const control = [1, 2, 3].map((n) => aMachine(`cp-${n}`, n));
  return [
    aSubnet(),
    aCluster(value),
    ...control,
    ...Array.from({ length: workers }, (_, i) => aMachine(`wk-${i + 1}`, i + 4)),
  ];
}

async function addHost(world: HermeticCluster, name: string, number: number): Promise<void> {
  await world.apply({
    apiVersion: 'metal3.io/v1alpha1',
    kind: 'BareMetalHost',
    metadata: {
      name,
      namespace,
      labels: { 'kaas.mirantis.com/baremetalhost-id': name, rack: number % 2 === 0 ? 'b' : 'a' },
    },
    spec: { online: true },
  } as KubeObject);
  await world.report(
    BareMetalHostKind,
    { namespace, name },
    {
      errorMessage: '',
      operationalStatus: 'OK',
      poweredOn: false,
      provisioning: { ID: name, state: 'available' },
      hardware: {
        cpu: { count: 64 },
        ramMebibytes: 262144,
        storage: [{ name: '/dev/sda', type: 'SSD', sizeBytes: 480e9 }],
      },
    },
  );
}

/** The API of whichever cluster answers at the kubeconfig's server, asked anew with every call. */
function childApi(clusters: ClusterWorld, kubeconfig: string): KubeApi {
  const server =
    (load(kubeconfig) as { clusters: { cluster: { server: string } }[] }).clusters[0]?.cluster.server ?? '';
  const api = async (): Promise<KubeApi> => engineKubeApi(await engineBehind(clusters.apiAt(server)));
  return {
    get: async (...call) => (await api()).get(...call),
    list: async (...call) => (await api()).list(...call),
    async *watch(...call) {
      yield* (await api()).watch(...call);
    },
    create: async (...call) => (await api()).create(...call),
    replace: async (...call) => (await api()).replace(...call),
    apply: async (...call) => (await api()).apply(...call),
    patch: async (...call) => (await api()).patch(...call),
    delete: async (...call) => (await api()).delete(...call),
    createToken: async (...call) => (await api()).createToken(...call),
    evict: async (...call) => (await api()).evict(...call),
  };
}

class RackWorld implements Rack {
  readonly ran: string[] = [];
  readonly failures = new Map<string, number[]>();
  readonly stuck = new Set<string>();
  readonly restarts: string[] = [];
  readonly lost = new Set<string>();
  readonly deadAgents = new Set<string>();
  /** What ends the launcher of each host that is up, and its agent. */
  readonly #hosts = new Map<string, AbortController>();
  /** What the launchers have on their disks. */
  readonly #bundles = new Map<string, Bundles>();
  readonly #dark = new Set<string>();
  readonly #ending = new AbortController();
  readonly #lifecycle: Lifecycle;
  /** When the operation on a host that is under way ends. */
  readonly #dueAt = new Map<string, number>();

  constructor(
    readonly world: HermeticCluster,
    readonly clusters: ClusterWorld,
    lifecycle: Lifecycle,
    readonly manager: Manager,
  ) {
    this.#lifecycle = lifecycle;
    void this.#drive();
  }

  get phases(): PastPhases {
    return this.#lifecycle.phases;
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
    this.#dark.add(host);
    this.#stop(host);
  }

  #stop(host: string): void {
    this.#hosts.get(host)?.abort(new Error('the host is down'));
    this.#hosts.delete(host);
    this.clusters.hostDown(host);
  }

  async mend(host: string): Promise<void> {
    this.#dark.delete(host);
    const found = await this.host(host);
    if (found.status?.provisioning.state === 'provisioned') await this.#boot(found);
  }

  async child(): Promise<KubeApi> {
    const secret = await this.world.get(SecretKind, { namespace, name: `${clusterName}-kubeconfig` });
    return childApi(this.clusters, Buffer.from(secret.data?.['value'] ?? '', 'base64').toString('utf8'));
  }

  async close(): Promise<HermeticCluster> {
    this.#ending.abort(new Error('the scenario is over'));
    for (const host of this.#hosts.values()) host.abort(new Error('the scenario is over'));
    this.#lifecycle.close();
    await this.clusters.close();
    await this.world.close();
    return this.world;
  }

  /** What baremetal-svc would do, every other second. */
  async #drive(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      for (const ipaddr of (await this.world.api.list(IPaddrKind, { namespace })).items)
        await this.#giveAddress(ipaddr);
      for (const machine of await this.machines()) await this.#giveNetwork(machine);
      for (const host of (await this.world.api.list(BareMetalHostKind, { namespace })).items)
        await this.#moveHost(host);
      await sleep(this.world.clock, 2_000, this.#ending.signal).catch(() => undefined);
    }
  }

  async #giveAddress(ipaddr: IPaddr): Promise<void> {
    if (ipaddr.status?.phase === undefined)
      await this.world.report(IPaddrKind, keyOf(ipaddr), { phase: 'Active', address });
  }

  async #giveNetwork(machine: Machine): Promise<void> {
    const key = keyOf(machine);
    const at = machine.metadata.annotations?.['metal3.io/BareMetalHost'];
    if (at === undefined || (await this.world.find(IpamHostKind, key)) !== undefined) return;
    await this.world.apply({
      apiVersion: 'ipam.mirantis.com/v1alpha1',
      kind: 'IpamHost',
      metadata: { name: key.name, namespace },
      spec: {},
    } as KubeObject);
    await this.world.report(IpamHostKind, key, {
      netconfigV2state: 'OK: now x',
      netconfigFilesState: 'OK: now x',
      serviceMap: { 'k8s-lcm': [{ ifName: 'eno1', ipAddress: `127.20.0.${at.split('-').at(-1) ?? ''}` }] },
    });
  }

  async #moveHost(host: BareMetalHost): Promise<void> {
    const { name } = host.metadata;
    const state = host.status?.provisioning.state;
    const now = this.world.clock.now();
    const move = async (to: string, poweredOn: boolean): Promise<void> => {
      await this.world.report(BareMetalHostKind, keyOf(host), { poweredOn, provisioning: { state: to } });
    };
    const begin = async (to: string): Promise<void> => {
      this.#dueAt.set(name, now + 10_000);
      await move(to, true);
    };
    const isDue = now >= (this.#dueAt.get(name) ?? 0);
    if (host.spec.image !== undefined && state === 'available') await begin('provisioning');
    else if (state === 'provisioning' && host.spec.image !== undefined && isDue) {
      this.clusters.forgetServer(name);
      this.#bundles.delete(name);
      await move('provisioned', true);
      await this.#boot(host);
    } else if ((state === 'provisioned' || state === 'provisioning') && host.spec.image === undefined) {
      this.cut(name);
      this.#dark.delete(name);
      await begin('deprovisioning');
    } else if (state === 'deprovisioning' && isDue && !this.stuck.has(name)) await move('available', false);
  }

  async #boot(host: BareMetalHost): Promise<void> {
    const { name } = host.metadata;
    if (this.#dark.has(name) || this.#hosts.has(name)) return;
    this.clusters.hostUp(name);
    const secret = await this.world.get(SecretKind, { namespace, name: host.spec.userData?.name ?? '' });
    const text = Buffer.from(secret.data?.['userData'] ?? '', 'base64').toString('utf8');
    const { write_files: files } = load(text) as { write_files: { path: string; content: string }[] };
    const config = JSON.parse(files[0]?.content ?? '{}') as AgentConfig;
    const user = this.world.engine.authenticate({ bearer: config.token });
    if (user === undefined) throw transient(`the token of ${name} is not accepted`);
    const bootedAt = this.world.clock.now();
    const life = new AbortController();
    this.#hosts.set(name, life);
    void launch({
      clock: this.world.clock,
      log: silentLog,
      signal: life.signal,
      read: async () => this.#bundles.get(name) ?? { current: { version: agentVersion } },
      write: async (bundles) => void this.#bundles.set(name, bundles),
      start: (bundle, context) =>
        context.isCandidate && this.deadAgents.has(name)
          ? { ended: new Promise(() => undefined), stop: async () => undefined }
          : this.#agent(host, { config, api: engineKubeApi(this.world.engine, user), bootedAt }, bundle, context),
    });
  }

  #agent(
    host: BareMetalHost,
    { config, api, bootedAt }: { config: AgentConfig; api: KubeApi; bootedAt: number },
    { version }: Bundle,
    { refused, hear }: StartContext,
  ): AgentProcess {
    const { name } = host.metadata;
    const agent = startAgent({
      config,
      version,
      api,
      runner: this.#runner(name, config.machine),
      clock: this.world.clock,
      random: seededRandom(`rack/${name}`),
      log: silentLog,
      host: {
        info: () => ({
          addresses: [{ type: 'InternalIP', address: `127.20.0.${name.split('-').at(-1) ?? ''}` }],
          bootedAt,
          details: {},
        }),
        reboot: async () => void this.#restart(host),
      },
      saveToken: () => undefined,
      updater: {
        refused,
        fetch: (_wanted, signal) => sleep(this.world.clock, 3_000, signal),
        handOver: ({ version: next, sha256 }) => hear({ type: 'handOver', bundle: { version: next, sha256 } }),
        works: () => hear({ type: 'works' }),
      },
    });
    return { ended: new Promise(() => undefined), stop: () => agent.stop() };
  }

  async #restart(host: BareMetalHost): Promise<void> {
    const { name } = host.metadata;
    this.restarts.push(name);
    this.#stop(name);
    await sleep(this.world.clock, 60_000, this.#ending.signal).catch(() => undefined);
    if (!this.lost.has(name) && !this.#ending.signal.aborted) await this.#boot(host);
  }

  #runner(server: string, machine: string): Runner {
    return {
      run: async (item, context) => {
        await sleep(this.world.clock, 3_000, context.signal);
        this.ran.push(`${machine}/${item.name}`);
        const code = this.failures.get(`${machine}/${item.name}`)?.shift();
        if (code !== undefined) return { exitCode: code, message: 'the scenario wants it so' };
        try {
          if (isClusterItem(item)) await this.#join(server, item, (name) => context.readSecret(name));
          return { exitCode: 0, message: 'simulated' };
        } catch (error) {
          return { exitCode: 1, message: String(error) };
        }
      },
    };
  }

  async #join(
    server: string,
    item: StateItem,
    readSecret: (name: string) => Promise<Readonly<Record<string, string>>>,
  ): Promise<void> {
    const { role, host, port, clusterName: name, kubernetesVersion, pkiSecret, member: joining } = clusterParams(item);
    const member = { ...joining, kubernetesVersion };
    if (role !== 'init') return this.clusters.join({ server, host, port, member });
    this.clusters.init({
      server,
      host,
      port,
      member,
      name,
      kubernetesVersion,
      pki: pkiOf(await readSecret(pkiSecret ?? '')),
    });
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

export type { AnyReconciler };
