import {
  ClusterKind,
  ClusterReleaseKind,
  ClusterUpdatePlanKind,
  type ObjectKey,
  type OpenStackDeploymentStatus,
  allKinds,
  crdsOf,
  keyText,
} from '@keelson/api';
import { type BusFaults, type MemoryBus, memoryBus, noBusFaults } from '@keelson/bus';
import type { Transition } from '@keelson/contracts';
import type { KubeApi } from '@keelson/kube';
import { type Engine, type Stored, openEngine } from '@keelson/kube-server';
import { type SavedObjects, restoredLog } from '@keelson/lab';
import { lifecycleService } from '@keelson/lifecycle-svc';
import { openstackService } from '@keelson/openstack-svc';
import { releaseService } from '@keelson/release-svc';
import { type Clock, VirtualClock, seededRandom, terminal } from '@keelson/std';
import { type MemoryRecords, memoryRecords } from '@keelson/store';
import { engineKubeApi } from '@keelson/testing';
import { childKubeApi, serverOf } from '../child-access.js';
import { type ApiFaults, noApiFaults } from '../gate.js';
import { LeakLog } from '../leak-log.js';
import { Mirror, type Seen } from '../mirror.js';
import { ServiceProcess, type Surroundings } from '../process.js';
import { type Tally, TallyMetrics } from '../tally.js';
import { type CloudStart, type HostEvent, type HostPace, Hosts } from './hosts.js';
import { Outage } from './outage.js';
import { StandIns } from './owners.js';
import { type SavedWorld, savedObjects } from './saved-world.js';

const managementUrl = 'https://management.invalid:16443';

export interface UpdateWorldOptions {
  readonly seed: string;
  readonly saved: SavedWorld;
  readonly cluster: ObjectKey;
  readonly pace: HostPace;
  /** How long steps take that no service of this world brings about, seconds. */
  readonly stepSeconds: (step: string) => number;
  readonly childObjects?: SavedObjects;
  /** With it openstack-svc runs as it is, over a simulated OpenStack; without it the step is a stand-in's. */
  readonly openstack?: CloudStart;
  /** Whether the cluster has a Ceph; as its Cluster says unless given. */
  readonly hasCeph?: boolean;
}

/** What goes wrong at the moment. Changed as the run goes on. */
export interface Trouble {
  bus: BusFaults;
  api: ApiFaults;
  /** Chance that a call to the record store fails. */
  records: number;
  /** How wrong the clocks of services and hosts are, milliseconds by name. */
  readonly skew: Map<string, number>;
}

/**
 * One cluster that stands already and is to be updated: lifecycle-svc and release-svc as they are, over the real API engine,
 * with hosts, cluster and the owners of other steps simulated; all under one virtual clock.
 */
export class UpdateWorld {
  readonly clock: VirtualClock;
  readonly cluster: ObjectKey;
  readonly mirror: Mirror;
  readonly hosts: Hosts;
  readonly owners: StandIns;
  readonly outage = new Outage();
  readonly trouble: Trouble = { bus: noBusFaults, api: noApiFaults, records: 0, skew: new Map() };
  /** The management API as its administrator sees it, outages aside. */
  readonly api: KubeApi;
  readonly processes: readonly ServiceProcess<unknown>[];
  readonly #engine: Engine;
  readonly #bus: MemoryBus;
  readonly #records = new Map<string, MemoryRecords>();
  readonly #metrics = new TallyMetrics();
  #target: string | undefined;
  readonly #listeners: { seen: (seen: Seen) => void; host: (event: HostEvent) => void; broken: (what: string) => void };

  private constructor(options: UpdateWorldOptions, clock: VirtualClock, engine: Engine) {
    const { seed, cluster, pace, stepSeconds, childObjects, openstack, hasCeph } = options;
    const log = new LeakLog([]);
    this.clock = clock;
    this.cluster = cluster;
    this.#engine = engine;
    this.api = engineKubeApi(engine);
    this.#listeners = { seen: () => undefined, host: () => undefined, broken: () => undefined };
    this.mirror = new Mirror(
      (seen) => this.#listeners.seen(seen),
      (what) => this.#listeners.broken(what),
    );
    this.#bus = memoryBus({ clock, random: seededRandom(`${seed}/bus`), faults: () => this.trouble.bus });
    const absent = openstack === undefined ? (['openstack', 'ceph'] as const) : (['ceph'] as const);
    this.owners = new StandIns(absent, this.#bus, clock, stepSeconds);
    this.hosts = new Hosts({
      clock,
      log,
      seed,
      pace,
      api: this.outage.api(this.api),
      ...(childObjects === undefined ? {} : { childObjects }),
      ...(openstack === undefined ? {} : { openstack }),
      ...(hasCeph === undefined ? {} : { hasCeph }),
      onEvent: (event) => this.#listeners.host(event),
      clockOf: (machine) => this.#clockOf(machine),
    });
    const around = this.#surroundings(seed, log);
    this.processes = [
      new ServiceProcess(lifecycleService, { KEELSON_MANAGEMENT_ENDPOINT: managementUrl }, around),
      new ServiceProcess(releaseService, {}, around),
      ...(openstack === undefined ? [] : [new ServiceProcess(openstackService, {}, around)]),
    ];
  }

  static async open(options: UpdateWorldOptions): Promise<UpdateWorld> {
    const { seed, saved } = options;
    const clock = new VirtualClock(saved.at);
    const engine = await openEngine({
      log: restoredLog(saved.objects),
      profile: 'management',
      clock,
      random: seededRandom(`${seed}/engine`),
      logger: new LeakLog([]),
      definitions: (definitions ??= crdsOf()),
    });
    const world = new UpdateWorld(options, clock, engine);
    await world.hosts.adopt(options.cluster);
    await world.owners.join(...world.owners.absent);
    await world.owners.answerAlerts();
    for (const process of world.processes) await process.start();
    return world;
  }

  /** Who is told of every write, of what hosts do, and of a watch that breaks its promises. */
  async watch(listeners: {
    readonly seen: (seen: Seen) => void;
    readonly host: (event: HostEvent) => void;
    readonly broken: (what: string) => void;
  }): Promise<void> {
    Object.assign(this.#listeners, listeners);
    await this.mirror.start(this.api, allKinds);
    this.#targetRelease();
  }

  /** The cluster's own API as its administrator. */
  get child(): KubeApi {
    return childKubeApi(this.hosts, this.clock, `server: ${this.hosts.url}`);
  }

  get tally(): Tally {
    return this.#metrics.tally();
  }

  /** Cuts every service off from NATS, or lets it back. */
  setConnected(connected: boolean): void {
    this.#bus.setConnected(connected);
  }

  /**
   * Lets time pass until the predicate holds.
   *
   * @throws Failure terminal saying what was waited for, when that takes longer than the limit
   */
  async until(what: string, predicate: () => boolean | Promise<boolean>, limitSeconds: number): Promise<void> {
    const limit = this.clock.now() + limitSeconds * 1000;
    while (!(await predicate())) {
      if (this.clock.now() >= limit) throw terminal(`not within ${limitSeconds} s: ${what}`);
      await this.clock.advance(2_000);
    }
  }

  /**
   * Until the cluster is ready and an update of it is offered.
   *
   * @throws Failure terminal with what the cluster says it waits for
   */
  async settle(limitSeconds = 3_600): Promise<void> {
    const limit = this.clock.now() + limitSeconds * 1000;
    for (;;) {
      const unready = await this.#unready();
      if (unready === undefined) return;
      if (this.clock.now() >= limit)
        throw terminal(`cluster ${this.cluster.name} does not come to rest, so no update can begin: ${unready}`);
      await this.clock.advance(2_000);
    }
  }

  async #unready(): Promise<string | undefined> {
    const { namespace, name } = this.cluster;
    const cluster = await this.api.get(ClusterKind, this.cluster);
    const { ready, conditions = [] } = cluster?.status?.providerStatus ?? {};
    if (ready !== true) {
      const missing = conditions
        .filter((condition) => !condition.ready)
        .map(({ type, message = '' }) => `${type}: ${message}`);
      return [cluster?.status?.progress?.message ?? 'it is not ready', ...missing].join('; ');
    }
    const plans = await this.api.list(ClusterUpdatePlanKind, namespace === undefined ? {} : { namespace });
    return plans.items.some(({ spec }) => spec.cluster === name) ? undefined : 'no update of it is offered';
  }

  /** Every recorded transition. */
  history(): readonly Transition[] {
    return [...this.#records.values()].flatMap((records) => records.all());
  }

  /** Steps that come before machines and are other services'. */
  get stepsOfOthers(): readonly string[] {
    return this.hosts.hasCeph ? ['openstack', 'ceph'] : ['openstack'];
  }

  /** Whether the owner of a step has brought it about: by its resources where it is real. */
  isDone(step: string): boolean {
    if (step !== 'openstack' || this.owners.absent.includes(step)) return this.owners.isDone(step);
    const clouds = this.hosts.stored('openstackdeploymentstatus.lcm.mirantis.com');
    return clouds.length > 0 && clouds.every((cloud) => releaseIn(cloud) === this.#targetRelease());
  }

  /** Whether there is a cloud as its spec and release say, and healthy. */
  isCloudWell(): boolean {
    const clouds = this.hosts.stored('openstackdeploymentstatus.lcm.mirantis.com');
    if (clouds.length === 0) return false;
    return clouds.every((cloud) => {
      const { osdpl, health } = (cloud['status'] as OpenStackDeploymentStatus['status']) ?? {};
      const parts = Object.values(health ?? {}).flatMap((components) => Object.values(components));
      return osdpl?.state === 'APPLIED' && parts.length > 0 && parts.every(({ status }) => status === 'Ready');
    });
  }

  /** Version of the release that the update brings: remembered, for it may be pulled back while it is in use. */
  #targetRelease(): string | undefined {
    const plan = [...this.mirror.all(ClusterUpdatePlanKind)].find(
      ({ metadata }) => metadata.name === `${this.cluster.name}-21.2.0`,
    );
    const release = this.mirror.get(ClusterReleaseKind, keyText({ name: plan?.spec.target ?? '' }));
    return (this.#target ??= release?.spec.version);
  }

  saved(): SavedWorld {
    return { at: this.clock.now(), objects: savedObjects(this.#engine) };
  }

  async close(): Promise<void> {
    for (const process of this.processes) process.kill();
    this.mirror.stop();
    await this.hosts.close();
    await this.#bus.close();
    await this.#engine.close();
  }

  #surroundings(seed: string, log: LeakLog): Surroundings {
    const { clock, trouble } = this;
    const api = this.outage.api(this.api);
    return {
      seed,
      clock,
      clockOf: (service) => this.#clockOf(service),
      log,
      api: () => api,
      bus: this.#bus,
      records: (service) => this.#recordsOf(seed, service),
      http: () => Promise.reject(terminal('this world has no network')),
      connect: (kubeconfig) => childKubeApi(this.hosts, clock, kubeconfig),
      connectServices: (kubeconfig) => (request) => this.hosts.serviceHttp(serverOf(kubeconfig))(request),
      metrics: this.#metrics,
      apiFaults: () => trouble.api,
    };
  }

  #clockOf(name: string): Clock {
    return skewed(this.clock, () => this.trouble.skew.get(name) ?? 0);
  }

  #recordsOf(seed: string, service: string): MemoryRecords {
    const known = this.#records.get(service);
    if (known !== undefined) return known;
    const made = memoryRecords({
      random: seededRandom(`${seed}/records/${service}`),
      faults: () => this.trouble.records,
    });
    this.#records.set(service, made);
    return made;
  }
}

/** Made once: a run of a thousand seeds opens a thousand worlds. */
let definitions: readonly unknown[] | undefined;

/** A clock that is wrong by so much at the moment; its timers run as they should. */
function skewed(clock: Clock, skew: () => number): Clock {
  return {
    now: () => clock.now() + skew(),
    elapsed: () => clock.elapsed(),
    schedule: (ms, run) => clock.schedule(ms, run),
  };
}

function releaseIn(cloud: Stored): string | undefined {
  return (cloud['status'] as { osdpl?: { release?: string } } | undefined)?.osdpl?.release;
}
