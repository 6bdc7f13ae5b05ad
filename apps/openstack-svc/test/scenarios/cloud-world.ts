import {
  clusterSideKinds,
  crdsOf,
  type KubeObject,
  type ObjectKey,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  openstackKinds,
} from '@keelson/api';
import { memoryBus } from '@keelson/bus';
import type { KubeApi } from '@keelson/kube';
import { type Engine, memoryLog, openEngine } from '@keelson/kube-server';
import { accountIn } from '@keelson/mosk';
import { createManager, type Manager } from '@keelson/reconcile';
import { seededRandom, settle, silentLog, terminal, VirtualClock } from '@keelson/std';
import { memoryRecords } from '@keelson/store';
import { accountOf, type ApiCall, engineKubeApi, type FaultRule, faultyApi, refuseFaults } from '@keelson/testing';
import { mosk, type MoskPorts } from '../../src/mosk.js';
import { podsOver } from '../../src/outage/pods.js';
import type { Recovery } from '../../src/outage/recovery.js';
import { inClusters } from '../../src/reconcilers.js';
import { podsOfOver } from '../../src/rollout/pods-of.js';
import { smallRenderer } from '../../src/rollout/renderer.fixtures.js';
import { SimulatedHypervisors } from './simulated-hypervisors.js';
import { SimulatedWorkloads } from './simulated-workloads.js';

/** A MOSK cluster in this process under virtual time: the real API engine, workloads simulated; the service has its own rights there and no others. */
export interface CloudWorld {
  /** As the administrator. */
  readonly api: KubeApi;
  /** As the service. */
  readonly service: KubeApi;
  readonly clock: VirtualClock;
  readonly workloads: SimulatedWorkloads;
  readonly hypervisors: SimulatedHypervisors;
  /** Calls of the service so far, dead processes included. */
  readonly calls: readonly ApiCall[];
  /** Writes of the service since `mark`, as `verb Kind name`. */
  writesSince(mark: number): readonly string[];
  readonly manager: Manager;
  apply(...objects: readonly KubeObject[]): Promise<void>;
  status(): Promise<OpenStackDeploymentStatus['status']>;
  until(what: string, predicate: () => boolean | Promise<boolean>, limitSeconds?: number): Promise<void>;
  /** The process of the service dies and another comes. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export const cloudKey: ObjectKey = { namespace: 'openstack', name: 'osh' };
let definitions: readonly unknown[] | undefined;

export async function aCloudWorld(
  options: { readonly faults?: FaultRule; readonly ports?: Partial<MoskPorts> } = {},
): Promise<CloudWorld> {
  const clock = new VirtualClock();
  const engine = await openEngine({
    log: memoryLog(),
    profile: 'child',
    clock,
    random: seededRandom('cloud/engine'),
    logger: silentLog,
    definitions: (definitions ??= crdsOf([...openstackKinds, ...clusterSideKinds])),
  });
  const world = new World(engine, clock, options.faults ?? (() => undefined), options.ports ?? {});
  await world.apply(...accountIn(inClusters, mosk(world.ports())));
  await world.start();
  return world;
}

/** A cloud without instance HA. */
const unprotected: Recovery = {
  computeOn: async () => undefined,
  protectionOf: async () => undefined,
  notificationsOf: async () => [],
  tellDown: async () => undefined,
  protect: async () => undefined,
  enableCompute: async () => undefined,
};

class World implements CloudWorld {
  readonly api: KubeApi;
  readonly service: KubeApi;
  readonly clock: VirtualClock;
  readonly workloads: SimulatedWorkloads;
  readonly hypervisors: SimulatedHypervisors;
  readonly calls: ApiCall[] = [];
  readonly #rule: FaultRule;
  readonly #ports: Partial<MoskPorts>;
  readonly #engine: Engine;
  readonly #ending = new AbortController();
  readonly #records = memoryRecords({ random: seededRandom('cloud/records') });
  readonly #faults: string[] = [];
  #manager: Manager | undefined;
  #life = new AbortController();

  constructor(engine: Engine, clock: VirtualClock, rule: FaultRule, ports: Partial<MoskPorts>) {
    this.api = engineKubeApi(engine);
    this.service = engineKubeApi(engine, accountOf(inClusters.service));
    this.#engine = engine;
    this.clock = clock;
    this.#rule = rule;
    this.#ports = ports;
    this.hypervisors = new SimulatedHypervisors(clock);
    this.workloads = new SimulatedWorkloads(this.api, clock);
    void this.workloads.run(this.#ending.signal);
  }

  get manager(): Manager {
    if (this.#manager === undefined) throw terminal('the service does not run');
    return this.#manager;
  }

  ports(): MoskPorts {
    return {
      askMember: () => Promise.resolve(undefined),
      hypervisorsOf: () => this.hypervisors,
      recoveryOf: () => unprotected,
      amphoraApiOf: () => {
        throw terminal('nothing is failed over here');
      },
      cloudLoadOf: () => {
        throw terminal('nothing is balanced here');
      },
      podsOn: podsOver(this.service),
      podsOf: podsOfOver(this.service),
      powerOf: () => Promise.resolve({ power: 'Unknown', staysOff: false, message: 'nobody is asked here' }),
      apis: { ask: async () => [] },
      renderer: smallRenderer,
      release: () => '21.1.0+26.1',
      findRelease: () => Promise.resolve(undefined),
      host: 'test',
      noteFigures: () => undefined,
      ...this.#ports,
    };
  }

  async start(): Promise<void> {
    const { clock } = this;
    const life = new AbortController();
    this.#life = life;
    life.signal.addEventListener('abort', () => this.#reborn(), { once: true });
    const random = seededRandom(`cloud/${this.calls.length}`);
    const api = faultyApi(this.service, this.#rule, this.calls, life);
    this.#manager = createManager({
      service: 'openstack-svc',
      reconcilers: mosk(this.ports()),
      api,
      bus: memoryBus({ clock, random }),
      records: this.#records,
      clock,
      random,
      log: silentLog,
      onFault: (fault) => this.#faults.push(fault),
    });
    await this.#manager.start();
  }

  #reborn(): void {
    void this.#manager?.stop();
    if (this.#ending.signal.aborted) return;
    this.clock.schedule(5_000, () => void this.start());
  }

  async kill(): Promise<void> {
    this.#life.abort(new Error('killed'));
    await this.clock.advance(6_000);
  }

  writesSince(mark: number): readonly string[] {
    return this.calls
      .slice(mark)
      .filter(({ verb }) => verb !== 'get')
      .map(({ verb, kind, name, isStatus }) => `${verb} ${kind} ${name}${isStatus ? ' status' : ''}`);
  }

  async apply(...objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) await this.api.apply(object, { fieldManager: 'operator', force: true });
  }

  async status(): Promise<OpenStackDeploymentStatus['status']> {
    return (await this.api.get(OpenStackDeploymentStatusKind, cloudKey))?.status;
  }

  async until(what: string, predicate: () => boolean | Promise<boolean>, limitSeconds = 3_600): Promise<void> {
    const limit = this.clock.now() + limitSeconds * 1000;
    await settle();
    while (!(await predicate())) {
      const due = this.clock.nextDue();
      if (due === undefined || due > limit)
        throw terminal(`not within ${limitSeconds} s: ${what}\n${JSON.stringify(await this.status(), undefined, 1)}`);
      await this.clock.step();
    }
  }

  async close(): Promise<void> {
    this.#ending.abort(new Error('over'));
    const stopping = this.#manager?.stop();
    await this.clock.advance(60_000);
    await stopping;
    await this.#engine.close();
    refuseFaults(this.#faults);
  }
}
