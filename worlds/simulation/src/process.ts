import type { Bus } from '@keelson/bus';
import type { KubeApi } from '@keelson/kube';
import { createManager, type Manager, type ReconcileMetrics } from '@keelson/reconcile';
import { noSpans, routesHttp, type Service, type ServiceDefinition } from '@keelson/service';
import { type Clock, type Http, type Log, type Random, seededRandom, transient } from '@keelson/std';
import type { Records } from '@keelson/store';
import { type ApiFaults, gatedApi, gatedBus, Life } from './gate.js';
import { listeningHttp, mortalClock, mortalHttp, mortalRecords } from './mortal.js';

/** What all processes of a world share. */
export interface Surroundings {
  readonly seed: string;
  readonly clock: Clock;
  /** The clock as the service of that name reads it; `clock` itself when absent. */
  readonly clockOf?: (service: string) => Clock;
  readonly log: Log;
  /** The API as the service of that name sees it: with its own rights. */
  readonly api: (service: string) => KubeApi;
  readonly bus: Bus;
  readonly records: (service: string) => Records;
  readonly http: Http;
  readonly connect: (kubeconfig: string) => KubeApi;
  /** HTTP to the Services of the cluster behind a kubeconfig; absent where nobody asks them. */
  readonly connectServices?: (kubeconfig: string) => Http;
  readonly apiFaults: () => ApiFaults;
  readonly metrics: ReconcileMetrics;
}

/** One service as a process that can be killed at any moment and started again. */
export class ServiceProcess<C> {
  readonly name: string;
  readonly #definition: ServiceDefinition<C>;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #around: Surroundings;
  #lives = 0;
  #now: { readonly life: Life; readonly service: Service; readonly manager: Manager; readonly http: Http } | undefined;

  constructor(definition: ServiceDefinition<C>, environment: Readonly<Record<string, string>>, around: Surroundings) {
    this.name = definition.name;
    this.#definition = definition;
    this.#environment = environment;
    this.#around = around;
  }

  /** Its HTTP endpoints from outside, whichever life it is in. */
  get http(): Http {
    return listeningHttp(() => this.#now, this.name);
  }

  get service(): Service | undefined {
    return this.#now?.service;
  }

  /** @throws when it runs already: two lives of one process would both write */
  async start(): Promise<void> {
    if (this.#now !== undefined) throw new Error(`${this.name} runs already`);
    const life = new Life();
    const random = seededRandom(`${this.#around.seed}/${this.name}/${(this.#lives += 1)}`);
    const context = this.#context(life, random);
    const service = this.#definition.create(context);
    const manager = createManager({
      service: this.name,
      reconcilers: service.reconcilers,
      ...context,
      metrics: this.#around.metrics,
    });
    this.#now = { life, service, manager, http: routesHttp(service.routes ?? []) };
    // A start that hangs must not hang the world: the process is up as far as anybody can see.
    void Promise.all([manager.start(), service.start?.()]).catch((error: unknown) =>
      this.#around.log.warn(`${this.name} could not start`, { error: String(error) }),
    );
    await Promise.resolve();
  }

  /**
   * kill -9.
   *
   * @returns whether it was running
   */
  kill(): boolean {
    const wasRunning = this.#now !== undefined;
    this.#now?.life.kill();
    this.#now = undefined;
    return wasRunning;
  }

  #context(life: Life, random: Random): Parameters<ServiceDefinition<C>['create']>[0] {
    const { log, bus, http, apiFaults } = this.#around;
    const clock = this.#around.clockOf?.(this.name) ?? this.#around.clock;
    return {
      config: this.#definition.config.parse(this.#environment),
      clock: mortalClock(clock, life),
      random,
      log,
      api: gatedApi(
        this.#around.api(this.name),
        life,
        seededRandom(`${this.#around.seed}/${this.name}/${this.#lives}/api`),
        apiFaults,
      ),
      bus: gatedBus(bus, life),
      records: mortalRecords(this.#around.records(this.name), life),
      http: mortalHttp(http, life),
      spans: noSpans,
      connectServices: (kubeconfig) => mortalHttp(this.#around.connectServices?.(kubeconfig) ?? nobodysHttp, life),
      connect: (kubeconfig) =>
        gatedApi(this.#around.connect(kubeconfig), life, random, () => ({
          lostRequest: 0,
          lostAnswer: 0,
          conflict: 0,
        })),
    };
  }
}

const nobodysHttp: Http = () =>
  Promise.reject(transient('nobody asks the Services of a cluster here', { reason: 'Unreachable' }));
