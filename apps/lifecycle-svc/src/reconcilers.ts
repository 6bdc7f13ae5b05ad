import type { KubeApi } from '@keelson/kube';
import type { AnyReconciler } from '@keelson/reconcile';
import type { Clock, Log, Random } from '@keelson/std';
import type { LifecycleConfig } from './config.js';

/** What the reconcilers need beside the management API. */
export interface LifecyclePorts {
  readonly config: LifecycleConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Opens the API of a cluster from the text of its kubeconfig. */
  readonly connect: (kubeconfig: string) => KubeApi;
}

export interface Lifecycle {
  readonly reconcilers: readonly AnyReconciler[];
  /** Ends the connections to the clusters. */
  close(): void;
}

/** Every reconciler of the service. */
export function lifecycleReconcilers(_ports: LifecyclePorts): Lifecycle {
  return { reconcilers: [], close: () => undefined };
}
