import type { Kind, KubeObject, ObjectKey } from '@keelson/api';
import type { DisruptionStanding, ProxiedRequest, ServiceProxy, Stored } from '@keelson/kube-server';

export type { ProxiedRequest };

/** A child cluster's API as the simulated control plane and kubelets of the same process use it, as administrators. */
export interface ChildApi {
  get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined>;
  /** All objects of a kind, in one namespace when it is given. */
  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): Promise<readonly T[]>;
  create<T extends KubeObject>(kind: Kind<T>, object: T): Promise<void>;
  /** JSON merge patch. */
  patch(kind: Kind, key: ObjectKey, patch: unknown, subresource?: 'status'): Promise<void>;
  /** Deletes at once, without a grace period; resolves too when there is none of that name. */
  remove(kind: Kind, key: ObjectKey): Promise<void>;
  /** Deletes as a client does: with the grace period of the object itself, and what it owns after it. */
  end(kind: Kind, key: ObjectKey): Promise<void>;
  /** How the pods of a disruption budget stand, as evictions are judged by. */
  standing(budget: ObjectKey): Promise<DisruptionStanding>;
  /** What the snapshot keeps: every stored object but leases. */
  dump(): SavedObjects;
  /** Calls the listener after writes, those of leases left out: kubelets' heartbeats are no change. */
  onWrite(listener: (writes: readonly ChildWrite[]) => void): void;
  /** Answers to clients at an address until closed; the address and the certificates come from the cluster's state. */
  listen(address: ListenAddress): Promise<{ close(): Promise<void> }>;
}

/** Objects by resource (`nodes`, `deployments.apps`). A resource whose objects are all gone has an empty list. */
export type SavedObjects = Readonly<Record<string, readonly Stored[]>>;

export interface ChildWrite {
  /** `plural.group`, or the plural alone in the core group. */
  readonly resource: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  readonly type: 'put' | 'delete';
  /** What is stored now; of a deletion the last state. */
  readonly object: Stored;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Who answers behind the cluster's Services. */
  readonly serviceProxy: ServiceProxy;
}

/** Certificates of a cluster's API, all PEM. */
export interface ClusterPki {
  readonly caCertificate: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
}

/** Makes the API of a new cluster, or of one that comes back from a snapshot. */
export type MakeChildApi = (pki: ClusterPki, objects: SavedObjects) => ChildApi;
