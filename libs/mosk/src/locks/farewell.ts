import type { KubeObject, NodeWorkloadLock, Reference } from '@keelson/api';
import type { Announcement, Input, Output, Reader, Writer } from '@keelson/reconcile';

/** What is still to be done for nodes that have left the cluster, before their locks go. */
export interface Farewell<T extends KubeObject, E> {
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /**
   * What is left to do for each of these locks, whose nodes are gone; none for those for which that is nobody's work. All
   * reads. It is asked at every look, also when no node is gone.
   */
  partingsOf(reader: Reader, object: T, gone: readonly NodeWorkloadLock[]): Promise<readonly Parting<E>[]>;
  describe(node: string, errand: E): string;
  run(node: string, errand: E, writer: Writer): Promise<void>;
  /** What operators are told when an errand is done. */
  announce(node: string, errand: E): Announcement | undefined;
}

/** How far a node that is gone is seen off. */
export interface Parting<E> {
  readonly node: string;
  /** Done before the rest of all nodes: others may never be able to have theirs done. */
  readonly first: readonly E[];
  /** Done once nothing is waited for; the lock goes after it. */
  readonly rest: readonly E[];
  readonly waits?: Wait;
  /** What operators should know while it lasts. */
  readonly tells: readonly Announcement[];
}

/** What keeps the lock of a node that is gone. */
export interface Wait {
  readonly on: Reference;
  readonly reason: string;
  readonly message: string;
  readonly recheckAfterSeconds: number;
}
