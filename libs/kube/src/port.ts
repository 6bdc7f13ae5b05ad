import type { Kind, KubeObject, ObjectKey } from '@keelson/api';

/**
 * The narrow Kubernetes API that Keelson's own code uses. Two implementations pass one contract suite: over TLS to any
 * kube-apiserver (`httpKubeApi`), and straight into an embedded engine in the same process (`engineKubeApi` of
 * `libs/testing`), which answers in microtasks so that it runs under virtual time.
 *
 * Errors are `Failure`s: notFound (404), conflict (409 Conflict, failed preconditions, apply conflicts, AlreadyExists
 * with reason `AlreadyExists`), transient (timeouts, 429, 5xx, broken connections), terminal (400, 401, 403, 404 of the
 * resource type, 422; the message is the server's own, naming the field).
 */
export interface KubeApi {
  /** The object, or undefined when there is none of that name. */
  get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined>;
  /** All that match, read in pages from one point in time. */
  list<T extends KubeObject>(kind: Kind<T>, options?: ListOptions): Promise<ListResult<T>>;
  /**
   * Changes after `resourceVersion`. A BOOKMARK of that version comes first and says that the watch stands. Ends by itself when the server ends it; throws a Failure with reason `Expired` when
   * the version is too old (list again), transient otherwise. Ends quietly when the signal aborts.
   */
  watch<T extends KubeObject>(kind: Kind<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(object: T, options?: WriteOptions): Promise<T>;
  /** Replaces the whole object; metadata.resourceVersion, if present, must be the stored one. */
  replace<T extends KubeObject>(object: T, options?: WriteOptions): Promise<T>;
  /**
   * Server-side apply as `options.fieldManager`. Carry metadata.resourceVersion in the object to make it a
   * compare-and-swap. `force` takes fields from other managers and is false unless given.
   */
  apply<T extends KubeObject>(object: Partial<T> & KubeObject, options: ApplyOptions): Promise<T>;
  /** JSON merge patch (RFC 7386). */
  patch<T extends KubeObject>(kind: Kind<T>, key: ObjectKey, patch: unknown, options?: WriteOptions): Promise<T>;
  /** Deletes; resolves undefined when it was already gone, else what the server answered. */
  delete(kind: Kind, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /** A token of a service account (TokenRequest). */
  createToken(
    serviceAccount: ObjectKey,
    request: { audiences?: string[]; expirationSeconds: number },
  ): Promise<{ token: string; expirationTimestamp: string }>;
  /** Evicts a pod (policy/v1 Eviction); transient with reason `DisruptionBudget` when a budget forbids it now. */
  evict(pod: ObjectKey): Promise<void>;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly signal?: AbortSignal;
}

export interface ListResult<T> {
  readonly items: T[];
  readonly resourceVersion: string;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface WriteOptions {
  readonly fieldManager?: string;
  readonly subresource?: 'status';
  readonly dryRun?: boolean;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  readonly force?: boolean;
}

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan';
  /** Of pods: 0 removes one without waiting for the kubelet of its node. The pod's own unless given. */
  readonly gracePeriodSeconds?: number;
}
