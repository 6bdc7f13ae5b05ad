import type { Node, NodeWorkloadLock, ObjectKey, Pod } from '@keelson/api';

/** What is known of a cluster from its own API, and how fresh that is. */
export interface ChildView {
  readonly contact: Contact;
  readonly nodes: ReadonlyMap<string, Node>;
}

/** `answers` is true while the last answer is younger than the staleness limit. */
export type Contact =
  | { readonly answers: true }
  | { readonly answers: false; /** Milliseconds since the epoch. */ readonly since: number; readonly why: string };

/** The view of a cluster whose kubeconfig there is not yet. */
export const unseen: ChildView = {
  contact: { answers: false, since: 0, why: 'the cluster has no kubeconfig yet' },
  nodes: new Map(),
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
  /** Pods on a node, read now. */
  podsOn(cluster: ObjectKey, node: string): Promise<readonly Pod[]>;
  /** Locks of workloads on a node, read now; undefined where the cluster does not know the kind. */
  locksOn(cluster: ObjectKey, node: string): Promise<readonly NodeWorkloadLock[] | undefined>;
  /** JSON merge patch of a node. */
  patchNode(cluster: ObjectKey, node: string, patch: unknown): Promise<void>;
  deleteNode(cluster: ObjectKey, node: string): Promise<void>;
  /** Announces to the workload controllers that a node is about to leave for good. */
  requestNodeDeletion(cluster: ObjectKey, node: string): Promise<void>;
  withdrawNodeDeletion(cluster: ObjectKey, node: string): Promise<void>;
  /** Throws transient with reason `DisruptionBudget` while a budget forbids it. */
  evict(cluster: ObjectKey, pod: ObjectKey): Promise<void>;
  /** Ends the connection to one cluster, or to all. */
  close(cluster?: ObjectKey): void;
}
