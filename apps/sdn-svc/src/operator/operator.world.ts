import type { ConfigMap, KubeObject, Reference, Secret, TfRollout, TFOperator } from '@keelson/api';
import type { PodTrouble } from '@keelson/mosk';
import type { SdnServiceName } from '../opensdn/opensdn.js';

/** An object, as it is to be and as it is. */
export interface Item {
  readonly wanted: KubeObject;
  readonly live: KubeObject | undefined;
  /** The live object is what is wanted, as far as what is wanted says. */
  readonly isCurrent: boolean;
  /** Of a DaemonSet: nodes that it wants a pod on and that are dead or out of use. */
  readonly absent?: number;
}

export interface WorldService {
  readonly name: SdnServiceName;
  readonly items: readonly Item[];
}

export interface Hindrance {
  readonly on: Reference;
  readonly reason: string;
  readonly message: string;
}

export interface OperatorWorld {
  readonly now: number;
  readonly operator: TFOperator;
  readonly isLeaving: boolean;
  /** What must be there first and is not. */
  readonly lacks: Hindrance | undefined;
  /** What is told that nothing can be built on. */
  readonly trouble: Hindrance | undefined;
  readonly hasGenerated: boolean;
  /** In the order of applying; empty while something is lacking. */
  readonly services: readonly WorldService[];
  /** How many pods run what is rendered; undefined while nothing is. */
  readonly rollout: Omit<TfRollout, 'advancedAt'> | undefined;
  /** What of the spec changes nothing, as sentences. */
  readonly warnings: readonly string[];
  /** What keeps pods of workloads that are not ready from running, by the identity of the workload. */
  readonly troubles: ReadonlyMap<string, PodTrouble>;
  /** Objects of ours that are no longer wanted. */
  readonly orphans: readonly KubeObject[];
  /** What goes with it and is not rendered: its locks, and the images of its release. Looked for when it leaves. */
  readonly belongings: readonly KubeObject[];
  /** What OpenStack is told, when it is not told so yet. */
  readonly handOver: Secret | undefined;
  /** What OpenStack was told, to be taken back. */
  readonly handedOver: Secret | undefined;
  /** Cluster release that OpenSDN is of. */
  readonly release: string | undefined;
  /** What that release brings, where it is not written down yet. */
  readonly toKeep: ConfigMap | undefined;
  /** The release that it is to be of cannot be read: it stays what it is. */
  readonly unread: Hindrance | undefined;
}
