import type {
  ClusterMaintenanceRequest,
  ClusterWorkloadLock,
  MaintenanceScope,
  Node,
  NodeMaintenanceRequest,
  NodeWorkloadLock,
  ObjectKey,
  Pod,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';

/** What is known of a cluster from its own API, and how fresh that is. */
export interface ChildView {
  readonly contact: Contact;
  readonly nodes: ReadonlyMap<string, Node>;
  /** Locks and requests of the maintenance protocol; undefined while they were not read yet. */
  readonly protocol: ProtocolView | undefined;
}

/** The maintenance protocol of a cluster, by a copy kept by a watch. */
export interface ProtocolView {
  nodeLocks(node: string): readonly NodeWorkloadLock[];
  clusterLocks(): readonly ClusterWorkloadLock[];
  nodeRequest(node: string): NodeMaintenanceRequest | undefined;
  nodeRequests(): readonly NodeMaintenanceRequest[];
  clusterRequest(): ClusterMaintenanceRequest | undefined;
  /** Whether the workloads were told that the node leaves for good. */
  isLeaving(node: string): boolean;
  /** Whether they were told that it is disabled. */
  isDisabled(node: string): boolean;
}

/** Something of a cluster's maintenance protocol has changed: of one node, or of the whole cluster. */
export interface ChildChange {
  readonly cluster: ObjectKey;
  readonly node: string | undefined;
  /** A request for maintenance, rather than a lock. */
  readonly isRequest: boolean;
}

/** What a maintenance request says beside the node it is about. */
export interface MaintenanceAsked {
  readonly scope: MaintenanceScope;
  readonly release?: string;
}

/** `answers` is true while the last answer is younger than the staleness limit. */
export type Contact =
  | { readonly answers: true }
  | { readonly answers: false; /** Milliseconds since the epoch. */ readonly since: number; readonly why: string };

/** The view of a cluster whose kubeconfig there is not yet. */
export const unseen: ChildView = {
  contact: { answers: false, since: 0, why: 'the cluster has no kubeconfig yet' },
  nodes: new Map(),
  protocol: undefined,
};

/**
 * The APIs of the clusters this service builds: one connection each, opened when it is first asked for. Reads answer from
 * a copy kept by a watch, except where said. Every call that goes out has a timeout.
 */
export interface ChildClusters {
  /**
   * The newest view. Waits for the first answer, or for the first failure, of a connection that has just been opened, so
   * that a restart of this service does not make a healthy cluster look silent.
   */
  view(cluster: ObjectKey, kubeconfig: string): Promise<ChildView>;
  /** Pods on a node that is being drained, by a watch that begins with the first question. */
  podsOn(cluster: ObjectKey, node: string): Promise<readonly Pod[]>;
  /** The same, read now: before a node counts as drained, a watch may be behind. */
  podsNowOn(cluster: ObjectKey, node: string): Promise<readonly Pod[]>;
  /** Locks of workloads on a node, read now: before it is taken out of use for good reason, a watch may be behind. */
  locksOn(cluster: ObjectKey, node: string): Promise<readonly NodeWorkloadLock[]>;
  /** Locks of workloads of the whole cluster, read now. */
  clusterLocks(cluster: ObjectKey): Promise<readonly ClusterWorkloadLock[]>;
  /** JSON merge patch of a node. */
  patchNode(cluster: ObjectKey, node: string, patch: unknown): Promise<void>;
  deleteNode(cluster: ObjectKey, node: string): Promise<void>;
  /** Asks the workload controllers to make the cluster, or a node, ready for work on it; again with the same words is no change. */
  requestMaintenance(cluster: ObjectKey, asked: MaintenanceAsked): Promise<void>;
  withdrawMaintenance(cluster: ObjectKey): Promise<void>;
  requestNodeMaintenance(cluster: ObjectKey, node: string, asked: MaintenanceAsked): Promise<void>;
  withdrawNodeMaintenance(cluster: ObjectKey, node: string): Promise<void>;
  /** Tells them that a node is disabled: it is not coming back soon, and nothing of it is to be waited for. */
  notifyDisabled(cluster: ObjectKey, node: string): Promise<void>;
  withdrawDisabled(cluster: ObjectKey, node: string): Promise<void>;
  /** Announces to the workload controllers that a node is about to leave for good. */
  requestNodeDeletion(cluster: ObjectKey, node: string): Promise<void>;
  withdrawNodeDeletion(cluster: ObjectKey, node: string): Promise<void>;
  /** Throws transient with reason `DisruptionBudget` while a budget forbids it. */
  evict(cluster: ObjectKey, pod: ObjectKey): Promise<void>;
  /** Any other call to a cluster's API, bounded in time as all are. `what` says what it is for: `read Deployment demo/web`. */
  call<T>(cluster: ObjectKey, what: string, call: (api: KubeApi, signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Calls back for every change of a lock or request of any cluster; gives back how to end it. */
  onChange(listener: (change: ChildChange) => void): () => void;
  /**
   * Calls back when a node came, went, or shows other labels or readiness; without a node when the API of the cluster
   * falls silent or answers again. Gives back how to end it.
   */
  onNode(listener: (cluster: ObjectKey, node: string | undefined) => void): () => void;
  /** Calls back when a pod has gone from a node whose pods are asked for; gives back how to end it. */
  onPodGone(listener: (cluster: ObjectKey, node: string) => void): () => void;
  /** Ends the connection to one cluster, or to all. */
  close(cluster?: ObjectKey): void;
}
