import {
  ClusterMaintenanceRequestKind,
  type ClusterWorkloadLock,
  ClusterWorkloadLockKind,
  type Kind,
  NodeDeletionRequestKind,
  NodeDisableNotificationKind,
  NodeKind,
  NodeMaintenanceRequestKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type ObjectKey,
  type Pod,
  PodKind,
  apiVersionOf,
  keyText,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Clock, type Log, type Random, transient } from '@keelson/std';
import { bounded } from './bounded.js';
import type { ChildChange, ChildClusters, ChildView, MaintenanceAsked } from './child-clusters.js';
import { ChildConnection, callSeconds } from './child-connection.js';
import { PodWatches } from './pod-watches.js';

export interface ConnectedClustersOptions {
  readonly connect: (kubeconfig: string) => KubeApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface Open {
  readonly connection: ChildConnection;
  /** What it was opened with: a renewed certificate opens it anew. */
  readonly kubeconfig: string;
  readonly pods: PodWatches;
}

/** Connections to the clusters' APIs, opened from their kubeconfigs. */
export class ConnectedClusters implements ChildClusters {
  readonly #options: ConnectedClustersOptions;
  readonly #open = new Map<string, Open>();
  readonly #listeners = new Set<(change: ChildChange) => void>();
  readonly #nodeListeners = new Set<(cluster: ObjectKey, node: string | undefined) => void>();
  readonly #podListeners = new Set<(cluster: ObjectKey, node: string) => void>();

  constructor(options: ConnectedClustersOptions) {
    this.#options = options;
  }

  async view(cluster: ObjectKey, kubeconfig: string): Promise<ChildView> {
    const id = keyText(cluster);
    const present = this.#open.get(id);
    if (present?.kubeconfig === kubeconfig) {
      await present.connection.firstTry;
      return present.connection.view();
    }
    if (present !== undefined) end(present);
    const { connect, clock, random, log } = this.#options;
    const api = connect(kubeconfig);
    const onChange = (change: Omit<ChildChange, 'cluster'>): void => {
      for (const listener of this.#listeners) listener({ cluster, ...change });
    };
    const onNode = (node: string | undefined): void => {
      for (const listener of this.#nodeListeners) listener(cluster, node);
    };
    const connection = new ChildConnection({ name: id, api, clock, random, log, onChange, onNode });
    const onGone = (node: string): void => {
      for (const listener of this.#podListeners) listener(cluster, node);
    };
    this.#open.set(id, { connection, kubeconfig, pods: new PodWatches({ api, clock, random, log, onGone }) });
    await connection.firstTry;
    return connection.view();
  }

  async podsOn(cluster: ObjectKey, node: string): Promise<readonly Pod[]> {
    const { pods } = this.#opened(cluster);
    return bounded(this.#options.clock, callSeconds, `cluster ${keyText(cluster)}: follow the pods on ${node}`, () =>
      pods.on(node),
    );
  }

  async podsNowOn(cluster: ObjectKey, node: string): Promise<readonly Pod[]> {
    const list = await this.call(cluster, `list the pods on ${node}`, (api, signal) =>
      api.list(PodKind, { fieldSelector: `spec.nodeName=${node}`, signal }),
    );
    return list.items;
  }

  async locksOn(cluster: ObjectKey, node: string): Promise<readonly NodeWorkloadLock[]> {
    const list = await this.call(cluster, `list the workload locks of ${node}`, (api, signal) =>
      api.list(NodeWorkloadLockKind, { signal }),
    );
    return list.items.filter((lock) => lock.spec.nodeName === node);
  }

  async clusterLocks(cluster: ObjectKey): Promise<readonly ClusterWorkloadLock[]> {
    const list = await this.call(cluster, 'list its workload locks', (api, signal) =>
      api.list(ClusterWorkloadLockKind, { signal }),
    );
    return list.items;
  }

  async patchNode(cluster: ObjectKey, node: string, patch: unknown): Promise<void> {
    await this.call(cluster, `change node ${node}`, (api) => api.patch(NodeKind, { name: node }, patch));
  }

  async deleteNode(cluster: ObjectKey, node: string): Promise<void> {
    await this.call(cluster, `delete node ${node}`, (api) => api.delete(NodeKind, { name: node }));
  }

  requestMaintenance(cluster: ObjectKey, asked: MaintenanceAsked): Promise<void> {
    return this.#ask(cluster, ClusterMaintenanceRequestKind, cluster.name, asked);
  }

  withdrawMaintenance(cluster: ObjectKey): Promise<void> {
    return this.#withdraw(cluster, ClusterMaintenanceRequestKind, cluster.name);
  }

  requestNodeMaintenance(cluster: ObjectKey, node: string, asked: MaintenanceAsked): Promise<void> {
    return this.#ask(cluster, NodeMaintenanceRequestKind, node, { nodeName: node, ...asked });
  }

  withdrawNodeMaintenance(cluster: ObjectKey, node: string): Promise<void> {
    return this.#withdraw(cluster, NodeMaintenanceRequestKind, node);
  }

  notifyDisabled(cluster: ObjectKey, node: string): Promise<void> {
    return this.#ask(cluster, NodeDisableNotificationKind, node, { nodeName: node });
  }

  withdrawDisabled(cluster: ObjectKey, node: string): Promise<void> {
    return this.#withdraw(cluster, NodeDisableNotificationKind, node);
  }

  requestNodeDeletion(cluster: ObjectKey, node: string): Promise<void> {
    return this.#ask(cluster, NodeDeletionRequestKind, node, { nodeName: node });
  }

  withdrawNodeDeletion(cluster: ObjectKey, node: string): Promise<void> {
    return this.#withdraw(cluster, NodeDeletionRequestKind, node);
  }

  async evict(cluster: ObjectKey, pod: ObjectKey): Promise<void> {
    await this.call(cluster, `evict pod ${keyText(pod)}`, (api) => api.evict(pod));
  }

  call<T>(cluster: ObjectKey, what: string, call: (api: KubeApi, signal: AbortSignal) => Promise<T>): Promise<T> {
    const open = this.#opened(cluster);
    return bounded(this.#options.clock, callSeconds, `cluster ${keyText(cluster)}: ${what}`, (signal) =>
      call(open.connection.api, signal),
    );
  }

  onChange(listener: (change: ChildChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onNode(listener: (cluster: ObjectKey, node: string | undefined) => void): () => void {
    this.#nodeListeners.add(listener);
    return () => void this.#nodeListeners.delete(listener);
  }

  onPodGone(listener: (cluster: ObjectKey, node: string) => void): () => void {
    this.#podListeners.add(listener);
    return () => void this.#podListeners.delete(listener);
  }

  close(cluster?: ObjectKey): void {
    for (const [id, open] of this.#open) {
      if (cluster !== undefined && id !== keyText(cluster)) continue;
      end(open);
      this.#open.delete(id);
    }
  }

  async #ask(cluster: ObjectKey, kind: Kind, name: string, spec: object): Promise<void> {
    const request = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name }, spec };
    await this.call(cluster, `write ${kind.kind} ${name}`, (api) =>
      api.apply(request, { fieldManager: 'lifecycle-svc', force: true }),
    );
  }

  async #withdraw(cluster: ObjectKey, kind: Kind, name: string): Promise<void> {
    await this.call(cluster, `delete ${kind.kind} ${name}`, (api) => api.delete(kind, { name }));
  }

  #opened(cluster: ObjectKey): Open {
    const open = this.#open.get(keyText(cluster));
    if (open === undefined) throw transient(`cluster ${keyText(cluster)} has no connection`, { reason: 'Unreachable' });
    return open;
  }
}

function end({ connection, pods }: Open): void {
  connection.close();
  pods.close();
}
