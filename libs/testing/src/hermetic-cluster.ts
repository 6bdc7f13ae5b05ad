import {
  allKinds,
  crdsOf,
  type Kind,
  type KindDeclaration,
  type KubeObject,
  keyOf,
  keyText,
  type ObjectKey,
} from '@keelson/api';
import { type BusFaults, type MemoryBus, memoryBus } from '@keelson/bus';
import type { KubeApi } from '@keelson/kube';
import { type Engine, frozenCopy, memoryLog, openEngine, type User } from '@keelson/kube-server';
import {
  type AnyReconciler,
  leaseNamespace,
  type Manager,
  type ManagerOptions,
  progressOf,
  rbacOf,
} from '@keelson/reconcile';
import { type Log, type Random, seededRandom, settle, silentLog, terminal, VirtualClock } from '@keelson/std';
import { type MemoryRecords, memoryRecords } from '@keelson/store';
import type { ApiCall, FaultRule } from './api-faults.js';
import { engineKubeApi } from './engine-kube-api.js';
import { TestProcess } from './test-process.js';

export interface HermeticOptions {
  /** The same seed, the same world. */
  readonly seed?: string;
  /** A MOSK cluster's own API, with workloads as data, in place of the management cluster's. */
  readonly profile?: 'management' | 'child';
  /** Those of Keelson that its API knows; all unless given. Fewer are quicker: it matters where a scenario is played a hundred times. */
  readonly kinds?: readonly KindDeclaration[];
  readonly faults?: {
    /** For calls of services; those of the test itself always get through. */
    readonly api?: FaultRule;
    readonly bus?: () => BusFaults;
    /** Chance that a call to the record store fails. */
    readonly records?: () => number;
  };
}

/** A management cluster in this process under virtual time: the real engine, bus and records in memory, the real kit. */
export interface HermeticCluster {
  /** The API as the administrator. */
  readonly api: KubeApi;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly bus: MemoryBus;
  readonly records: MemoryRecords;
  readonly engine: Engine;
  /** Calls of all services so far. */
  readonly calls: readonly ApiCall[];
  /** What services logged as warnings and errors, the newest last. */
  readonly warnings: readonly string[];
  /**
   * Runs reconcilers as a service, with the rights that `rbacOf` generates for it and no others, so that every scenario
   * also tests the generated RBAC. A service that dies by a fault comes back after a few seconds; what is returned here
   * always speaks for the living one.
   */
  run(service: string, reconcilers: readonly AnyReconciler[], options?: Partial<ManagerOptions>): Promise<Manager>;
  /** Applies objects as an operator would. */
  apply(...objects: readonly KubeObject[]): Promise<void>;
  /** Writes a status as whoever owns it would. */
  report<T extends KubeObject>(kind: Kind<T>, key: ObjectKey, status: object): Promise<T>;
  /** @throws Failure terminal when there is none */
  get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): Promise<T>;
  find<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined>;
  /** Lets time pass until the predicate holds; fails, saying what was waited for, when that takes longer than the limit. */
  until(what: string, predicate: () => boolean | Promise<boolean>, limitSeconds?: number): Promise<void>;
  /** Lets time pass. */
  advance(seconds: number): Promise<void>;
  /** Ends all services and the cluster. @throws Error naming what reconcilers did that their state tables forbid */
  close(): Promise<void>;
}

/** Made once for all clusters of a test file, by the kinds in them: a suite opens hundreds. Frozen, engines share what they compile of them. */
const made = new WeakMap<readonly KindDeclaration[], readonly unknown[]>();

function definitionsOf(kinds: readonly KindDeclaration[]): readonly unknown[] {
  const definitions = made.get(kinds) ?? crdsOf(kinds).map(frozenCopy);
  made.set(kinds, definitions);
  return definitions;
}

/** Opens a cluster with the CRDs of Keelson and the namespace of its services. */
export async function hermeticCluster(options: HermeticOptions = {}): Promise<HermeticCluster> {
  const { seed = 'hermetic', profile = 'management', kinds = allKinds, faults = {} } = options;
  const clock = new VirtualClock();
  const random = (part: string): Random => seededRandom(`${seed}/${part}`);
  const engine = await openEngine({
    log: memoryLog(),
    profile,
    clock,
    random: random('engine'),
    logger: silentLog,
    definitions: definitionsOf(kinds),
  });
  const bus = memoryBus({ clock, random: random('bus'), ...(faults.bus === undefined ? {} : { faults: faults.bus }) });
  const records = memoryRecords({
    random: random('records'),
    ...(faults.records === undefined ? {} : { faults: faults.records }),
  });
  const cluster = new Cluster({ engine, clock, bus, records, random, rule: faults.api ?? (() => undefined) });
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: leaseNamespace } });
  return cluster;
}

interface Parts {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly bus: MemoryBus;
  readonly records: MemoryRecords;
  readonly random: (part: string) => Random;
  readonly rule: FaultRule;
}

const mostWarnings = 200;

class Cluster implements HermeticCluster {
  readonly api: KubeApi;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly bus: MemoryBus;
  readonly records: MemoryRecords;
  readonly engine: Engine;
  readonly calls: ApiCall[] = [];
  readonly warnings: string[] = [];
  readonly #parts: Parts;
  readonly #managers: Manager[] = [];
  readonly #faults: string[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    ({ clock: this.clock, bus: this.bus, records: this.records, engine: this.engine } = parts);
    this.random = parts.random('test');
    this.api = engineKubeApi(parts.engine);
  }

  async run(
    service: string,
    reconcilers: readonly AnyReconciler[],
    options: Partial<ManagerOptions> = {},
  ): Promise<Manager> {
    await this.apply(...rbacOf(service, reconcilers));
    const { clock, bus, records, calls } = this;
    const process = new TestProcess({
      clock,
      bus,
      records,
      calls,
      service,
      reconcilers,
      rule: this.#parts.rule,
      api: engineKubeApi(this.engine, accountOf(service)),
      random: this.#parts.random(service),
      log: this.#log(service),
      onFault: (fault) => this.#faults.push(fault),
      ...options,
    });
    this.#managers.push(process);
    await process.start();
    return process;
  }

  async apply(...objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) await this.api.apply(object, { fieldManager: 'operator', force: true });
  }

  report<T extends KubeObject>(kind: Kind<T>, key: ObjectKey, status: object): Promise<T> {
    return this.api.patch(kind, key, { status }, { fieldManager: 'another-service', subresource: 'status' });
  }

  async get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): Promise<T> {
    const object = await this.find(kind, key);
    if (object === undefined) throw terminal(`there is no ${kind.kind} ${keyText(key)}`);
    return object;
  }

  find<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined> {
    return this.api.get(kind, key);
  }

  async until(what: string, predicate: () => boolean | Promise<boolean>, limitSeconds = 3_600): Promise<void> {
    const limit = this.clock.now() + limitSeconds * 1000;
    await settle();
    while (!(await predicate())) {
      const due = this.clock.nextDue();
      if (due === undefined || due > limit)
        throw terminal(`not within ${limitSeconds} s: ${what}\n${await this.#picture()}`);
      await this.clock.step();
    }
  }

  advance(seconds: number): Promise<void> {
    return this.clock.advance(seconds * 1000);
  }

  async close(): Promise<void> {
    const stopping = Promise.all(this.#managers.map((manager) => manager.stop()));
    await this.clock.advance(60_000);
    await stopping;
    await this.bus.close();
    await this.engine.close();
    refuseFaults(this.#faults);
  }

  #log(service: string): Log {
    const warn = (message: string): void => {
      this.warnings.push(`${service}: ${message}`);
      if (this.warnings.length > mostWarnings) this.warnings.shift();
    };
    return { ...silentLog, warn, error: warn };
  }

  /** How everything stands, for the message of a wait in vain. */
  async #picture(): Promise<string> {
    const lines: string[] = [];
    for (const kind of allKinds) {
      for (const object of (await this.api.list(kind)).items) {
        const progress = progressOf(object);
        if (progress !== undefined)
          lines.push(`  ${object.kind} ${keyText(keyOf(object))}: ${JSON.stringify(progress)}`);
      }
    }
    return [...lines, ...this.warnings.slice(-20).map((warning) => `  log: ${warning}`)].join('\n');
  }
}

/** @throws Error naming what reconcilers did that their own state tables forbid; nothing when they did nothing of the kind */
export function refuseFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`state tables were not kept:\n  ${[...new Set(faults)].join('\n  ')}`);
}

/** A service as the API sees it by its token. */
export function accountOf(service: string): User {
  return {
    name: `system:serviceaccount:${leaseNamespace}:${service}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${leaseNamespace}`, 'system:authenticated'],
  };
}
