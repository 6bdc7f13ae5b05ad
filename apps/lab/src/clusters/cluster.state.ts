import type { SavedCloud } from '../openstack/saved-cloud.js';
import type { ClusterPki, SavedObjects } from './child-api.js';

/** Everything of a child cluster that survives the death of the lab's process. */
export interface ClusterState {
  /** `<host>:<port>` of its API. */
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly kubernetesVersion: string;
  readonly pki: ClusterPki;
  readonly members: Record<string, Member>;
}

/** A host that has joined: by server name in `members`. */
export interface Member {
  readonly role: 'control' | 'worker';
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly internalIP: string | undefined;
  /** Of its kubelet; that of the cluster's beginning when absent. */
  readonly kubernetesVersion?: string | undefined;
}

export interface SavedCluster {
  readonly state: ClusterState;
  readonly objects: SavedObjects;
  /** Its simulated OpenStack. */
  readonly cloud?: SavedCloud | undefined;
}

/**
 * Whether the cluster's API can answer: more than half of its control plane hosts are up, as etcd needs it (raft).
 *
 * @param isUp by server name
 */
export function hasQuorum(state: ClusterState, isUp: (server: string) => boolean): boolean {
  let all = 0;
  let up = 0;
  for (const server of Object.keys(state.members)) {
    if (state.members[server]?.role !== 'control') continue;
    all += 1;
    if (isUp(server)) up += 1;
  }
  return up * 2 > all;
}
