import type { KubeObject, Reference, Secret, TFOperator } from '@keelson/api';
import type { PodTrouble } from '@keelson/mosk';
import type { SdnServiceName } from '../opensdn/opensdn.js';

/** An object, as it is to be and as it is. */
export interface Item {
  readonly wanted: KubeObject;
  readonly live: KubeObject | undefined;
  /** The live object is what is wanted, as far as what is wanted says. */
  readonly isCurrent: boolean;
}

export interface WorldService {
  readonly name: SdnServiceName;
  readonly items: readonly Item[];
}

export interface OperatorWorld {
  readonly now: number;
  readonly operator: TFOperator;
  readonly isLeaving: boolean;
  /** What must be there first and is not. */
  readonly lacks: { readonly on: Reference; readonly reason: string; readonly message: string } | undefined;
  /** What OpenStack tells that nothing can be built on, as a sentence. */
  readonly trouble: string | undefined;
  readonly hasGenerated: boolean;
  /** In the order of applying; empty while something is lacking. */
  readonly services: readonly WorldService[];
  /** What of the spec changes nothing, as sentences. */
  readonly warnings: readonly string[];
  /** What keeps pods of workloads that are not ready from running, by the identity of the workload. */
  readonly troubles: ReadonlyMap<string, PodTrouble>;
  /** Objects of ours that are no longer wanted. */
  readonly orphans: readonly KubeObject[];
  /** What OpenStack is told, when it is not told so yet. */
  readonly handOver: Secret | undefined;
  /** What OpenStack was told, to be taken back. */
  readonly handedOver: Secret | undefined;
  readonly release: string | undefined;
}
