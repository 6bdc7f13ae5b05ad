import { type Clock, type Log, type Random, seededRandom } from '@keelson/std';
import type { Faults } from '../faults/faults.js';
import { listen } from '../listen/https.js';
import { OpenStackFront } from '../openstack/front.js';
import { PublicEndpoint } from '../openstack/public-endpoint.js';
import { Workloads } from '../workloads/workloads.js';
import type { Hardware } from '../world/hardware.js';
import type { Pace, Timings } from '../world/pace.js';
import type { ChildApi, ChildWrite, MakeChildApi, SavedObjects } from './child-api.js';
import type { ClusterState, SavedCluster } from './cluster.state.js';

export interface ClusterWorldOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly pace: Pace;
  readonly timings: Timings;
  /** Of pods. */
  readonly faults: Pick<Faults, 'holds' | 'subscribe'>;
  readonly seed: string | number;
  /** Instances that each compute of a simulated OpenStack has from the start; 0 when absent. */
  readonly serversPerCompute?: number;
  readonly hardware: (server: string) => Hardware;
  readonly makeApi: MakeChildApi;
  /** False keeps every API in this process: no sockets. */
  readonly listens: boolean;
  /** Notes that a cluster's state must be saved. */
  readonly noteCluster: (id: string) => void;
  /** Notes that the state of a cluster's OpenStack must be saved. */
  readonly noteCloud?: (id: string) => void;
}

/** A child cluster with all that runs in it. */
export interface Cluster {
  readonly state: ClusterState;
  readonly api: ChildApi;
  readonly kubelets: Map<string, AbortController>;
  readonly workloads: Workloads;
  readonly openstack: OpenStackFront;
  /** Undefined in a world without sockets. */
  readonly outside: PublicEndpoint | undefined;
  /** Servers by the name of their node. */
  readonly servers: Map<string, string>;
  /** When kubelets came back, of servers that have been down: undefined while they are. */
  readonly restarts: Map<string, number | undefined>;
  wantsListener: boolean;
  listening: Promise<{ close(): Promise<void> } | undefined>;
}

/** Makes a cluster of what is kept of it; `apiOf` is its API while that answers. Nothing runs yet. */
export function clusterFrom(
  { state, objects, cloud }: SavedCluster,
  options: ClusterWorldOptions,
  apiOf: () => ChildApi | undefined,
): Cluster {
  const { clock, pace, log, seed, faults } = options;
  const api = options.makeApi(state.pki, objects);
  const workloads = new Workloads({
    clock,
    pace,
    log,
    faults,
    api,
    random: seededRandom(`${seed}/pods/${state.id}`),
    seed: `${seed}/pods/${state.id}`,
    answers: () => apiOf() !== undefined,
    kubelet: (node) => kubeletOf(cluster, node),
  });
  const openstack = new OpenStackFront({
    clock,
    pace,
    faults,
    api,
    seed: `${seed}/openstack/${state.id}`,
    serversPerCompute: options.serversPerCompute ?? 0,
    saved: cloud,
    changed: () => options.noteCloud?.(state.id),
  });
  const outside = new PublicEndpoint({ clock, log, api, listen, answer: (request) => openstack.answer(request) });
  const cluster: Cluster = {
    state,
    openstack,
    outside: options.listens ? outside : undefined,
    api,
    workloads,
    kubelets: new Map(),
    servers: new Map(Object.entries(state.members).map(([server, { node }]) => [node, server])),
    restarts: new Map(),
    wantsListener: false,
    listening: Promise.resolve(undefined),
  };
  return cluster;
}

function kubeletOf(cluster: Cluster, node: string): { readonly restartedAt: number | undefined } | undefined {
  const server = cluster.servers.get(node);
  if (server === undefined || !cluster.kubelets.has(server)) return undefined;
  return { restartedAt: cluster.restarts.get(server) };
}

/** What a snapshot brought back, as if it were written now. */
export function writesOf(objects: SavedObjects): readonly ChildWrite[] {
  return Object.entries(objects).flatMap(([resource, all]) =>
    all.map((object): ChildWrite => {
      const { namespace = '', name } = object.metadata;
      return { resource, namespace, name, type: 'put', object };
    }),
  );
}

export function controlMembers(state: ClusterState): number {
  return Object.values(state.members).filter((member) => member.role === 'control').length;
}
