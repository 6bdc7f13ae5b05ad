import type { Node } from '@keelson/api';
import { type Clock, type Random, integerBelow, pick, seededRandom, uuid } from '@keelson/std';
import type { ChildApi } from '../clusters/child-api.js';
import type { Faults } from '../faults/faults.js';
import type { Pace } from '../world/pace.js';
import type { ClusterFacts, ProcessRow } from './cluster-facts.js';
import { Collection } from './collection.js';
import { flavorsOf } from './compute/flavors.js';
import { Migrations } from './compute/migrations.js';
import { type SavedCloud, restoredInstance, savedInstance } from './saved-cloud.js';
import { type Flavor, type Instance, Instances, flavors } from './compute/servers.js';

export interface CloudOptions {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly seed: string;
  readonly api: ChildApi;
  readonly facts: ClusterFacts;
  readonly faults: Pick<Faults, 'holds' | 'subscribe'>;
  /** Instances that each compute has from the start. */
  readonly serversPerCompute: number;
  readonly saved?: SavedCloud | undefined;
  /** Notes that its state must be saved. */
  readonly changed?: () => void;
}

/** A compute as the cloud's services know it. */
export interface Compute {
  readonly host: string;
  readonly serviceId: string;
  readonly zone: string;
  readonly up: boolean;
  readonly updatedAt: string;
  readonly vcpus: number;
  /** MiB. */
  readonly memory: number;
  readonly address: string;
  readonly settings: ComputeSettings;
}

export interface ComputeSettings {
  disabled: boolean;
  reason: string | null;
  forcedDown: boolean;
}

/** Everybody who signs in is in it: the administrator's. */
export const adminProject = 'ad000000000000000000000000000000';
/** Servers of the seed belong to it. */
export const seedProject = '5eed0000000000000000000000000000';
/** A row may be this old, in milliseconds: services themselves report every ten seconds. */
const staleAfterMs = 1_000;
const zoneLabel = 'topology.kubernetes.io/zone';

/** The state of a simulated OpenStack: what its APIs read and write. */
export class SimulatedCloud {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly random: Random;
  readonly api: ChildApi;
  readonly facts: ClusterFacts;
  readonly faults: CloudOptions['faults'];
  readonly instances: Instances;
  readonly migrations: Migrations;
  /** By name: networks, subnets, ports, routers, images, volumes, zones, … */
  readonly collections = new Map<string, Collection>();
  readonly tokens = new Map<string, { readonly expiresAt: number; readonly user: string }>();
  /** Whose things are made and shown. */
  readonly project = adminProject;
  readonly disabledAgents = new Set<string>();
  /** Of what is disabled, by the same names. */
  readonly disabledReasons = new Map<string, string>();
  readonly #options: CloudOptions;
  readonly #settings = new Map<string, ComputeSettings>();
  readonly #serviceIds = new Map<string, string>();
  readonly #seeded = new Set<string>();
  #computes: ReadonlyMap<string, Compute> = new Map();
  #refreshed = { version: -1, at: 0 };

  constructor(options: CloudOptions) {
    const { clock, pace, seed, api, facts, faults } = options;
    this.#options = options;
    this.clock = clock;
    this.pace = pace;
    this.api = api;
    this.facts = facts;
    this.faults = faults;
    this.random = seededRandom(`${seed}/cloud`);
    this.instances = new Instances(clock, seededRandom(`${seed}/instances`));
    this.migrations = new Migrations({
      clock,
      pace,
      faults,
      random: seededRandom(`${seed}/migrations`),
      instances: this.instances,
      isUp: (host) => this.facts.isAlive(host),
      changed: () => this.save(),
    });
    if (options.saved !== undefined) this.#restore(options.saved);
  }

  #restore({ instances, computes, collections, disabledAgents, disabledReasons }: SavedCloud): void {
    for (const [host, { serviceId, isSeeded, ...settings }] of Object.entries(computes)) {
      this.#settings.set(host, settings);
      this.#serviceIds.set(host, serviceId);
      if (isSeeded) this.#seeded.add(host);
    }
    for (const [name, docs] of Object.entries(collections)) for (const doc of docs) this.collection(name).add(doc);
    const flavorBy = (id: string): Flavor | undefined => flavorsOf(this).find((flavor) => flavor.id === id);
    for (const instance of instances) this.instances.restore(restoredInstance(instance, flavorBy));
    for (const agent of disabledAgents) this.disabledAgents.add(agent);
    for (const [name, reason] of Object.entries(disabledReasons)) this.disabledReasons.set(name, reason);
  }

  /** Notes that the state has changed. */
  save(): void {
    this.#options.changed?.();
  }

  saved(): SavedCloud {
    const computes = [...this.#settings].map(([host, settings]) => {
      const serviceId = this.#serviceIds.get(host) ?? '';
      return [host, { ...settings, serviceId, isSeeded: this.#seeded.has(host) }] as const;
    });
    const docs = [...this.collections].map(
      ([name, one]) => [name, one.list(new URLSearchParams()).map((doc) => ({ ...doc }))] as const,
    );
    return {
      instances: [...this.instances.all()].map(savedInstance),
      computes: Object.fromEntries(computes),
      collections: Object.fromEntries(docs),
      disabledAgents: [...this.disabledAgents],
      disabledReasons: Object.fromEntries(this.disabledReasons),
    };
  }

  stop(): void {
    this.migrations.stop();
  }

  collection(name: string): Collection {
    const present = this.collections.get(name) ?? new Collection(this.clock, this.random);
    this.collections.set(name, present);
    return present;
  }

  /** Looks at the cluster, if anything has changed: which computes there are and which of them are up. Asked before every answer. */
  refresh(): void {
    const [version, at] = [this.facts.version, this.clock.now()];
    if (version === this.#refreshed.version && at - this.#refreshed.at < staleAfterMs) return;
    this.#refreshed = { version, at };
    const nodes = this.facts.computes();
    const rows = this.facts.processes('nova').filter(({ component }) => component === 'compute');
    const processes = new Map(rows.map((row) => [row.host, row]));
    const present = new Map(nodes.map((node) => [node.metadata.name, this.#compute(node, processes)]));
    // nova remembers a compute whose node is gone until somebody removes its service.
    const gone = this.computes().filter(({ host }) => !present.has(host));
    this.#computes = new Map([
      ...gone.map((compute) => [compute.host, { ...compute, up: false }] as const),
      ...present,
    ]);
    for (const compute of this.#computes.values()) this.#seed(compute);
  }

  /** What was set of a compute shows at once. */
  changed(): void {
    this.#refreshed = { version: -1, at: 0 };
    this.refresh();
  }

  /** Removes the row of a compute; one whose nova-compute still runs registers itself again. */
  forget(host: string): void {
    this.#computes = new Map([...this.#computes].filter(([name]) => name !== host));
    this.#settings.delete(host);
    this.#serviceIds.delete(host);
    this.facts.forget('nova', 'compute', host);
    this.changed();
  }

  computes(): readonly Compute[] {
    return [...this.#computes.values()];
  }

  compute(host: string): Compute | undefined {
    return this.#computes.get(host);
  }

  /** Where an instance may go: up, enabled, of the same zone, with room; the emptiest. */
  destinationFor(instance: Pick<Instance, 'flavor' | 'zone' | 'host'>): string | undefined {
    let best: string | undefined;
    let most = -Infinity;
    for (const { host, up, zone, memory, settings } of this.#computes.values()) {
      if (!up || settings.disabled || settings.forcedDown || zone !== instance.zone || host === instance.host) continue;
      const taken = this.instances.memoryOn(host) + this.migrations.comingTo(host);
      const room = memory - taken - instance.flavor.ram;
      if (room >= 0 && room > most) [best, most] = [host, room];
    }
    return best;
  }

  #compute(node: Node, processes: ReadonlyMap<string, ProcessRow>): Compute {
    const host = node.metadata.name;
    const row = processes.get(host);
    const settings = this.#settings.get(host) ?? { disabled: false, reason: null, forcedDown: false };
    this.#settings.set(host, settings);
    const serviceId = this.#serviceIds.get(host) ?? uuid(this.random);
    this.#serviceIds.set(host, serviceId);
    const { cpu = '64', memory = `${256 * 1024 * 1024}Ki` } = node.status?.capacity ?? {};
    return {
      host,
      serviceId,
      settings,
      zone: node.metadata.labels?.[zoneLabel] ?? 'nova',
      up: this.facts.isComputing(node, processes) && !settings.forcedDown,
      updatedAt: row?.updatedAt ?? new Date(this.clock.now()).toISOString().slice(0, 19) + 'Z',
      vcpus: Number(cpu),
      memory: Math.floor(Number(memory.replace('Ki', '')) / 1024),
      address: node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '127.0.0.1',
    };
  }

  /** A compute that registers for the first time brings its instances along. */
  #seed({ host, zone, up, memory }: Compute): void {
    const { serversPerCompute, seed } = this.#options;
    if (!up || this.#seeded.has(host)) return;
    this.#seeded.add(host);
    const random = seededRandom(`${seed}/servers/${host}`);
    this.save();
    // Half of the memory at most: the others must be able to take them.
    let left = memory / 2;
    for (let n = 0; n < serversPerCompute; n += 1) {
      const fitting = flavors.filter(({ ram }) => ram <= left);
      if (fitting.length === 0) return;
      const flavor = pick(random, fitting.slice(0, 1 + integerBelow(random, fitting.length)));
      left -= flavor.ram;
      this.instances.make({ name: `vm-${host}-${n}`, host, zone, project: seedProject, flavor });
    }
  }
}
