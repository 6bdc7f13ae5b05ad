import {
  type ClusterWorkloadLock,
  ClusterWorkloadLockKind,
  type Kind,
  type KubeObject,
  type Node,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';

/** A controller that holds workload locks: what its locks are called, and which nodes have one. */
export interface LockController<T extends KubeObject> {
  /** First word of the names of its reconcilers, such as `openstack`. */
  readonly root: string;
  /** The kind whose objects are what is protected: one a cluster. */
  readonly kind: Kind<T>;
  /** `spec.controllerName` of its locks. */
  readonly controllerName: string;
  /** What is protected, as sentences name it: `OpenSDN`, `the cloud`. */
  readonly title: string;
  /** Names of its locks begin so; the object's or the node's name follows. */
  readonly prefix: string;
  /** Whether a node has a part in it. */
  hasPart(node: Node): boolean;
  /** An object that makes nothing yet has no locks, and keeps those it has. */
  isDraft?(object: T): boolean;
  /** On the lock of a node. */
  annotationsOf?(node: string): Readonly<Record<string, string>>;
}

/** The name of the lock of an object or a node. */
export function lockNameOf({ prefix }: { readonly prefix: string }, name: string): string {
  return `${prefix}${name}`;
}

/** Whether a lock is one of a controller's. */
export function isLockOf(
  { controllerName }: { readonly controllerName: string },
  lock: KubeObject & { readonly spec: { readonly controllerName: string } },
): boolean {
  return lock.spec.controllerName === controllerName;
}

/** Why what is of one Cluster release is not let go for work that is for another one, as a sentence; undefined when it is. */
export function releaseMismatch(
  name: string,
  is: string | undefined,
  { what, asked }: { readonly what: string; readonly asked: string },
): string | undefined {
  if (asked === is) return undefined;
  return `${name} is of ${is ?? 'no release yet'}, and ${what} is to be worked on for ${asked}`;
}

/** All locks of a controller, of nodes and of the cluster. */
export function locksOf(
  reader: Reader,
  controller: { readonly controllerName: string },
): readonly (NodeWorkloadLock | ClusterWorkloadLock)[] {
  return [...reader.list(NodeWorkloadLockKind), ...reader.list(ClusterWorkloadLockKind)].filter((lock) =>
    isLockOf(controller, lock),
  );
}
