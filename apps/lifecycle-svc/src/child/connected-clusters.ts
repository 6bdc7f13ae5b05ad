import {
  type NodeWorkloadLock,
  NodeDeletionRequestKind,
  NodeKind,
  NodeWorkloadLockKind,
  type ObjectKey,
  type Pod,
  PodKind,
  apiVersionOf,
  keyText,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Clock, type Log, type Random, isFailure, sha256Json, transient } from '@keelson/std';
import { bounded } from './bounded.js';
import type { ChildClusters, ChildView } from './child-clusters.js';
import { ChildConnection, callSeconds } from './child-connection.js';

export interface ConnectedClustersOptions {
  readonly connect: (kubeconfig: string) => KubeApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface Open {
  readonly connection: ChildConnection;
  /** Of the kubeconfig it was opened with: a renewed certificate opens it anew. */
  readonly hash: string;
}

/** Connections to the clusters' APIs, opened from their kubeconfigs. */
export class ConnectedClusters implements ChildClusters {
  readonly #options: ConnectedClustersOptions;
  readonly #open = new Map<string, Open>();

  constructor(options: ConnectedClustersOptions) {
    this.#options = options;
  }

  async view(cluster: ObjectKey, kubeconfig: string): Promise<ChildView> {
    const id = keyText(cluster);
    const hash = sha256Json(kubeconfig);
    const present = this.#open.get(id);
    if (present?.hash === hash) {
      await present.connection.firstTry;
      return present.connection.view();
    }
    present?.connection.close();
    const { connect, clock, random, log } = this.#options;
    const connection = new ChildConnection({ name: id, api: connect(kubeconfig), clock, random, log });
    this.#open.set(id, { connection, hash });
    await connection.firstTry;
    return connection.view();
  }

  async podsOn(cluster: ObjectKey, node: string): Promise<readonly Pod[]> {
    const list = await this.#call(cluster, `list the pods on ${node}`, (api, signal) =>
      api.list(PodKind, { fieldSelector: `spec.nodeName=${node}`, signal }),
    );
    return list.items;
  }

  async locksOn(cluster: ObjectKey, node: string): Promise<readonly NodeWorkloadLock[] | undefined> {
    return whereKnown(async () => {
      const list = await this.#call(cluster, `list the workload locks of ${node}`, (api, signal) =>
        api.list(NodeWorkloadLockKind, { signal }),
      );
      return list.items.filter((lock) => lock.spec.nodeName === node);
    });
  }

  async patchNode(cluster: ObjectKey, node: string, patch: unknown): Promise<void> {
    await this.#call(cluster, `change node ${node}`, (api) => api.patch(NodeKind, { name: node }, patch));
  }

  async deleteNode(cluster: ObjectKey, node: string): Promise<void> {
    await this.#call(cluster, `delete node ${node}`, (api) => api.delete(NodeKind, { name: node }));
  }

  async requestNodeDeletion(cluster: ObjectKey, node: string): Promise<void> {
    const kind = NodeDeletionRequestKind;
    const request = {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata: { name: node },
      spec: { nodeName: node },
    };
    await whereKnown(() =>
      this.#call(cluster, `announce the deletion of node ${node}`, (api) =>
        api.apply(request, { fieldManager: 'lifecycle-svc', force: true }),
      ),
    );
  }

  async withdrawNodeDeletion(cluster: ObjectKey, node: string): Promise<void> {
    await whereKnown(() =>
      this.#call(cluster, `withdraw the deletion of node ${node}`, (api) =>
        api.delete(NodeDeletionRequestKind, { name: node }),
      ),
    );
  }

  async evict(cluster: ObjectKey, pod: ObjectKey): Promise<void> {
    await this.#call(cluster, `evict pod ${keyText(pod)}`, (api) => api.evict(pod));
  }

  close(cluster?: ObjectKey): void {
    for (const [id, { connection }] of this.#open) {
      if (cluster !== undefined && id !== keyText(cluster)) continue;
      connection.close();
      this.#open.delete(id);
    }
  }

  #call<T>(cluster: ObjectKey, what: string, call: (api: KubeApi, signal: AbortSignal) => Promise<T>): Promise<T> {
    const open = this.#open.get(keyText(cluster));
    if (open === undefined) throw transient(`cluster ${keyText(cluster)} has no connection`, { reason: 'Unreachable' });
    return bounded(this.#options.clock, callSeconds, `cluster ${keyText(cluster)}: ${what}`, (signal) =>
      call(open.connection.api, signal),
    );
  }
}

/** Undefined where the cluster's API does not serve the kind: then nobody there takes part in its protocol. */
async function whereKnown<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isFailure(error, 'terminal') || isFailure(error, 'notFound')) return undefined;
    throw error;
  }
}
