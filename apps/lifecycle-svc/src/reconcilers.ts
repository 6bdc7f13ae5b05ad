import type { KubeApi } from '@keelson/kube';
import type { AnyReconciler } from '@keelson/reconcile';
import type { Clock, Log, Random } from '@keelson/std';
import { ConnectedClusters } from './child/connected-clusters.js';
import { clusterReconciler } from './cluster/cluster.reconciler.js';
import type { LifecycleConfig } from './config.js';
import { gracefulRebootReconciler } from './gracefulreboot/gracefulreboot.reconciler.js';
import { lcmClusterReconciler } from './lcmcluster/lcmcluster.reconciler.js';
import { lcmClusterStateReconciler } from './lcmclusterstate/lcmclusterstate.reconciler.js';
import { lcmMachineReconciler } from './lcmmachine/lcmmachine.reconciler.js';
import { machineReconciler } from './machine/machine.reconciler.js';

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

/** Every reconciler of the service, over one connection to each cluster. */
export function lifecycleReconcilers(ports: LifecyclePorts): Lifecycle {
  const children = new ConnectedClusters(ports);
  return {
    reconcilers: [
      clusterReconciler({ clock: ports.clock, children }),
      machineReconciler({ config: ports.config, children }),
      lcmClusterReconciler(children),
      lcmMachineReconciler(children),
      lcmClusterStateReconciler(children),
      gracefulRebootReconciler(),
    ],
    close: () => children.close(),
  };
}
