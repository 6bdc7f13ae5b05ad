import type { Kind, KubeObject, ObjectKey } from '@keelson/api';

/** A child cluster's API as the simulated control plane and kubelets of the same process use it, as administrators. */
export interface ChildApi {
  get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined>;
  create<T extends KubeObject>(kind: Kind<T>, object: T): Promise<void>;
  /** JSON merge patch. */
  patch(kind: Kind, key: ObjectKey, patch: unknown, subresource?: 'status'): Promise<void>;
  /** Every stored object but leases, for the snapshot. */
  dump(): readonly KubeObject[];
  /** Calls the listener after writes that the snapshot must have. */
  onWrite(listener: () => void): void;
  /** Answers to clients at an address until closed; the address and the certificates come from the cluster's state. */
  listen(address: ListenAddress): Promise<{ close(): Promise<void> }>;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Certificates of a cluster's API, all PEM. */
export interface ClusterPki {
  readonly caCertificate: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
}

/** Makes the API of a new cluster, or of one that comes back from a snapshot. */
export type MakeChildApi = (pki: ClusterPki, objects: readonly KubeObject[]) => ChildApi;
