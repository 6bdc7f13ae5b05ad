import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { allKinds, crdsOf, type KubeObject } from '@keelson/api';
import { baremetalService } from '@keelson/baremetal-svc';
import { type MemoryBus, memoryBus, noBusFaults } from '@keelson/bus';
import type { Transition } from '@keelson/contracts';
import type { KubeApi } from '@keelson/kube';
import { defaultHistoryLimits, type Engine, frozenCopy, memoryLog, openEngine } from '@keelson/kube-server';
import { createLab, engineChildApi, type Lab, serverName } from '@keelson/lab';
import { lifecycleService } from '@keelson/lifecycle-svc';
import { type Http, type HttpRequest, seededRandom, terminal, transient, VirtualClock } from '@keelson/std';
import { type MemoryRecords, memoryRecords } from '@keelson/store';
import { engineKubeApi } from '@keelson/testing';
import { load } from 'js-yaml';
import type { ChaosPlan } from './chaos.js';
import { childKubeApi } from './child-access.js';
import { noApiFaults } from './gate.js';
import { LeakLog } from './leak-log.js';
import { bmcPassword, operatorManifests } from './manifests.js';
import { Mirror, type Seen } from './mirror.js';
import { ServiceProcess, type Surroundings } from './process.js';
import { type Tally, TallyMetrics } from './tally.js';
import { type SavedWorld, savedObjects } from './updates/saved-world.js';

const baremetalUrl = 'https://baremetal.invalid:18101';
const managementUrl = 'https://management.invalid:16443';
const releaseFile = fileURLToPath(new URL('../../../deploy/releases/mosk-21-1-0-26-1.yaml', import.meta.url));

/** Servers quicker than life: what a run costs is mostly the looks at those that are waited for. Deadlines stay as they are. */
const briskTimings = {
  post: 60,
  installerBoot: 20,
  install: 120,
  osBoot: 20,
  items: { downloader: 8, bash: 5, ansible: 20 },
};

/** A world does not live long enough for the memory that packing the past would save. */
const wholeHistory = { ...defaultHistoryLimits, unpackedEntries: Number.POSITIVE_INFINITY };

let known: readonly unknown[] | undefined;

/** Made once for all worlds of this process, which share what is compiled of them. */
function definitions(): readonly unknown[] {
  return (known ??= crdsOf().map(frozenCopy));
}

/** Services, API, bus, records and data centre in one process under one virtual clock, all from one seed. */
export class Platform {
  readonly clock = new VirtualClock();
  readonly canaries: readonly string[] = [bmcPassword];
  readonly serverNames: readonly string[];
  /** An outside observer's copy of the API. */
  readonly mirror: Mirror;
  readonly #seed: string;
  readonly #log = new LeakLog(this.canaries);
  readonly #metrics = new TallyMetrics();
  readonly #writes = new Map<string, number>();
  readonly #records = new Map<string, MemoryRecords>();
  readonly #bus: MemoryBus;
  #chaos: ChaosPlan | undefined;
  #onSeen: (seen: Seen) => void = () => undefined;
  #onBroken: (what: string) => void = () => undefined;
  #engine!: Engine;
  #lab!: Lab;
  #processes: readonly ServiceProcess<unknown>[] = [];

  private constructor(seed: string, servers: number) {
    this.#seed = seed;
    this.mirror = new Mirror(
      (seen) => this.#onSeen(seen),
      (what) => this.#onBroken(what),
    );
    this.serverNames = Array.from({ length: servers }, (_, index) => serverName(index + 1, servers));
    this.#bus = memoryBus({
      clock: this.clock,
      random: seededRandom(`${seed}/bus`),
      faults: () => (this.#isUnleashed ? this.#chaos?.bus : undefined) ?? noBusFaults,
    });
  }

  static async open(seed: string, servers: number): Promise<Platform> {
    const platform = new Platform(seed, servers);
    await platform.#build(servers);
    return platform;
  }

  get lab(): Lab {
    return this.#lab;
  }

  get processes(): readonly ServiceProcess<unknown>[] {
    return this.#processes;
  }

  /** Watches the world from outside. */
  async watch(onSeen: (seen: Seen) => void, onBroken: (what: string) => void): Promise<void> {
    this.#onSeen = onSeen;
    this.#onBroken = onBroken;
    await this.mirror.start(engineKubeApi(this.#engine), allKinds);
  }

  /** From now on things go wrong as planned. */
  unleash(chaos: ChaosPlan): void {
    this.#chaos = chaos;
    for (const fault of chaos.dataCentre) this.#lab.faults.inject(fault);
    for (const { at, service, backAfterMs } of chaos.kills) {
      const process = this.#processes.find(({ name }) => name === service);
      this.clock.schedule(at - this.clock.now(), () => {
        // One that is down already cannot be killed; it comes back when the kill that took it down says so.
        if (process?.kill() === true) this.clock.schedule(backAfterMs, () => void process.start());
      });
    }
  }

  /** What an operator does: everything at once. */
  async applyManifests(): Promise<void> {
    const api = engineKubeApi(this.#engine);
    for (const object of operatorManifests(
      this.serverNames.length,
      load(readFileSync(releaseFile, 'utf8')) as KubeObject,
    )) {
      await api.apply(object, { fieldManager: 'kubectl', force: true });
    }
  }

  /** Every recorded transition, in the order of its time. */
  history(): readonly Transition[] {
    return [...this.#records.values()].flatMap((records) => records.all());
  }

  /** Writes to the API so far, by resource, whoever made them. */
  writes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#writes].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Everything the API stores now: what another world may begin with. */
  saved(): SavedWorld {
    return { at: this.clock.now(), objects: savedObjects(this.#engine) };
  }

  /** What the services did. */
  tally(): Tally {
    return this.#metrics.tally();
  }

  /** Secrets in records or logs, as sentences. */
  leaks(): string[] {
    const inRecords = this.canaries
      .filter((canary) => JSON.stringify(this.history()).includes(canary))
      .map(() => 'the history holds a secret in clear');
    return [...inRecords, ...this.#log.leaks];
  }

  async close(): Promise<void> {
    for (const process of this.#processes) process.kill();
    this.mirror.stop();
    await this.#lab.stop();
    await this.#bus.close();
    await this.#engine.close();
  }

  get #isUnleashed(): boolean {
    return this.#chaos !== undefined && this.clock.now() < this.#chaos.until;
  }

  async #build(servers: number): Promise<void> {
    this.#engine = await openEngine({
      log: memoryLog(),
      profile: 'management',
      clock: this.clock,
      random: seededRandom(`${this.#seed}/engine`),
      logger: this.#log,
      definitions: definitions(),
      history: wholeHistory,
    });
    this.#engine.registry.store.onCommit({
      committed: (entries) => {
        for (const { resource } of entries) this.#writes.set(resource, (this.#writes.get(resource) ?? 0) + 1);
      },
    });
    this.#lab = await createLab({
      seed: this.#seed,
      servers,
      clock: this.clock,
      random: seededRandom(`${this.#seed}/lab`),
      log: this.#log,
      http: (request) => this.#hostHttp(request),
      kube: (config) => this.#agentApi(config.token),
      makeChildApi: engineChildApi({
        clock: this.clock,
        random: seededRandom(`${this.#seed}/children`),
        log: this.#log,
      }),
      listens: false,
      timings: briskTimings,
    });
    const around = this.#surroundings();
    this.#processes = [
      new ServiceProcess(baremetalService, { KEELSON_BAREMETAL_URL: baremetalUrl }, around),
      new ServiceProcess(lifecycleService, { KEELSON_MANAGEMENT_ENDPOINT: managementUrl }, around),
    ];
    for (const process of this.#processes) await process.start();
  }

  #surroundings(): Surroundings {
    return {
      seed: this.#seed,
      clock: this.clock,
      log: this.#log,
      api: () => engineKubeApi(this.#engine),
      bus: this.#bus,
      records: (service) => this.#recordsOf(service),
      http: this.#lab.redfish.http,
      connect: (kubeconfig) => childKubeApi(this.#lab, this.clock, kubeconfig),
      metrics: this.#metrics,
      apiFaults: () => (this.#isUnleashed ? this.#chaos?.api : undefined) ?? noApiFaults,
    };
  }

  #recordsOf(service: string): MemoryRecords {
    const known = this.#records.get(service);
    if (known !== undefined) return known;
    const random = seededRandom(`${this.#seed}/records/${service}`);
    const made = memoryRecords({ random, faults: () => (this.#isUnleashed ? this.#chaos?.records : undefined) ?? 0 });
    this.#records.set(service, made);
    return made;
  }

  /** How hosts reach services: there is one that they know. */
  async #hostHttp(request: HttpRequest): ReturnType<Http> {
    const baremetal = this.#processes[0];
    if (baremetal === undefined || !request.url.startsWith(`${baremetalUrl}/`))
      throw transient(`${request.url}: no such host (simulated)`, { reason: 'Unreachable' });
    return baremetal.http(request);
  }

  /** The management API as an agent sees it: with the rights of its token. */
  #agentApi(token: string): KubeApi {
    const user = this.#engine.authenticate({ bearer: token });
    if (user === undefined) throw terminal('the token of an agent is not accepted', { reason: 'Unauthorized' });
    return engineKubeApi(this.#engine, user);
  }
}
