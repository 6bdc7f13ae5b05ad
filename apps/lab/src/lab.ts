import { setMaxListeners } from 'node:events';
import type { AgentConfig } from '@keelson/agent';
import type { KubeApi } from '@keelson/kube';
import { type Clock, type Http, type Log, type Random, silentLog, transient } from '@keelson/std';
import type { ChildApi, MakeChildApi } from './clusters/child-api.js';
import { ClusterWorld } from './clusters/cluster-world.js';
import type { ClusterState } from './clusters/cluster.state.js';
import { Faults } from './faults/faults.js';
import { Ledger } from './ledger/ledger.js';
import { type RedfishService, redfishService } from './redfish/service.js';
import { savedLab } from './snapshot/saved.js';
import { Snapshot, type SnapshotStore } from './snapshot/snapshot.js';
import { type Hardware, hardwareOf } from './world/hardware.js';
import { Pace, type Timings, ordinaryTimings } from './world/pace.js';
import { Server } from './world/server.js';
import { newServer } from './world/server.state.js';
import type { World } from './world/world.js';

export interface LabOptions {
  readonly seed: string | number;
  /** How many servers the data centre has. */
  readonly servers: number;
  readonly clock: Clock;
  readonly random: Random;
  /** How hosts reach services: images, configuration drives, call-backs. */
  readonly http: Http;
  /** How an agent reaches the management API, each with its own identity. */
  readonly kube: (config: AgentConfig) => KubeApi;
  readonly log?: Log;
  /** How much faster than life the physical world runs; 1 when absent. */
  readonly factor?: number;
  readonly timings?: Partial<Timings>;
  /** Of the BMCs; `admin` and `keelson-lab` when absent. */
  readonly username?: string;
  readonly password?: string;
  /** Instances that each compute of a simulated OpenStack has from the start; 0 when absent. */
  readonly openstackServers?: number;
  readonly makeChildApi: MakeChildApi;
  /** True serves the APIs of child clusters on their addresses; false keeps them in this process. */
  readonly listens?: boolean;
  /** Where the lab's state survives its process; forgotten when absent. */
  readonly store?: SnapshotStore;
}

/** A data centre in a process. */
export interface Lab {
  /** The Redfish service of all servers; `redfish.http` is a port for clients in this process. */
  readonly redfish: RedfishService;
  readonly servers: ReadonlyMap<string, Server>;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly pace: Pace;
  /** The child clusters and whether their APIs answer now. */
  clusters(): readonly { readonly state: ClusterState; readonly answers: boolean }[];
  /** The API behind a child cluster's URL for a client in this process; throws transient while it does not answer. */
  childApi(server: string): ChildApi;
  /** HTTP to Services of a child cluster by their names inside it, for a client in this process. */
  serviceHttp(server: string): Http;
  /** True while the installed system of that server runs: what no service has to be believed for. */
  isRunning(server: string): boolean;
  /** Ends hosts, agents and listeners, and writes what is not written yet. Power and disks stay as they are. */
  stop(): Promise<void>;
}

export const defaultBmcUser = 'admin';
export const defaultBmcPassword = 'keelson-lab';

/** Builds the data centre, brings back what `store` remembers, and lets every server go on from where it was. */
export async function createLab(options: LabOptions): Promise<Lab> {
  const { clock, random, seed } = options;
  const log = options.log ?? silentLog;
  const saved = savedLab((await options.store?.load()) ?? {});
  const servers = new Map<string, Server>();
  const snapshot = snapshotOf(options, log, (name) => documentOf(name, servers, clusters, faults, ledger));
  const note = (name: string): void => snapshot?.note(name);
  const faults = new Faults(clock, saved.faults, () => note('faults'));
  const ledger = new Ledger(saved.ledger, (page) => note(`ledger/${page}`));
  const pace = new Pace(options.factor ?? 1);
  const timings = { ...ordinaryTimings, ...options.timings };
  const hardware = hardwareById(seed, options.servers);
  const clusters = new ClusterWorld({
    clock,
    random,
    log,
    pace,
    timings,
    faults,
    seed,
    hardware: (id) => hardware.get(id) ?? hardwareOf(seed, 1, options.servers),
    serversPerCompute: options.openstackServers,
    makeApi: options.makeChildApi,
    listens: options.listens ?? false,
    noteCluster: (id) => note(`cluster/${id}`),
    noteCloud: (id) => note(`cloud/${id}`),
  });
  const world: World = {
    clock,
    random,
    log,
    pace,
    timings,
    faults,
    ledger,
    clusters,
    http: options.http,
    kube: options.kube,
    noteServer: (id) => note(`server/${id}`),
    saveServerNow: async (id) => {
      note(`server/${id}`);
      await snapshot?.flush();
    },
  };
  for (const [id, parts] of hardware) {
    servers.set(id, new Server(world, parts, saved.servers.get(id) ?? newServer(id, clock.now(), random), seed));
  }
  for (const cluster of saved.clusters) clusters.restore(cluster);
  for (const server of servers.values()) server.resume();
  const ending = new AbortController();
  // Every request to a BMC that is being answered listens for the end.
  setMaxListeners(0, ending.signal);
  const redfish = redfishService({
    world,
    servers,
    random,
    signal: ending.signal,
    username: options.username ?? defaultBmcUser,
    password: options.password ?? defaultBmcPassword,
  });
  return {
    redfish,
    servers,
    faults,
    ledger,
    pace,
    clusters: () => clusters.list(),
    childApi: (server) => clusters.apiAt(server),
    serviceHttp: (server) => clusters.serviceHttp(server),
    isRunning: (id) => servers.get(id)?.state.stage === 'os',
    async stop() {
      ending.abort(transient('the lab is stopping (simulated)', { reason: 'Unreachable' }));
      for (const server of servers.values()) server.halt();
      await clusters.close();
      await snapshot?.flush();
    },
  };
}

function hardwareById(seed: string | number, count: number): ReadonlyMap<string, Hardware> {
  const all = Array.from({ length: count }, (_, index) => hardwareOf(seed, index + 1, count));
  return new Map(all.map((hardware) => [hardware.id, hardware]));
}

function snapshotOf(options: LabOptions, log: Log, read: (name: string) => unknown): Snapshot | undefined {
  return options.store === undefined
    ? undefined
    : new Snapshot({ store: options.store, clock: options.clock, log, read });
}

/** What the snapshot writes under a name. */
function documentOf(
  name: string,
  servers: ReadonlyMap<string, Server>,
  clusters: ClusterWorld,
  faults: Faults,
  ledger: Ledger,
): unknown {
  if (name === 'faults') return faults.list();
  if (name.startsWith('ledger/')) return ledger.page(Number(name.slice('ledger/'.length)));
  if (name.startsWith('server/')) return servers.get(name.slice('server/'.length))?.state;
  if (name.startsWith('cloud/')) return clusters.savedCloud(name.slice('cloud/'.length));
  return clusters.saved(name.slice('cluster/'.length));
}
