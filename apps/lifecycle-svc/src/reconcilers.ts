import type { Bus } from '@keelson/bus';
import type { KubeApi } from '@keelson/kube';
import type { AnyReconciler } from '@keelson/reconcile';
import { type Spans, noSpans } from '@keelson/service';
import type { Clock, Log, Random } from '@keelson/std';
import type { Records } from '@keelson/store';
import { accessReconciler } from './access/access.reconciler.js';
import { ConnectedClusters } from './child/connected-clusters.js';
import { clusterReconciler } from './cluster/cluster.reconciler.js';
import type { LifecycleConfig } from './config.js';
import { gracefulRebootReconciler } from './gracefulreboot/gracefulreboot.reconciler.js';
import { type Charts, noCharts } from './helmbundle/charts.js';
import { helmBundleReconciler } from './helmbundle/helmbundle.reconciler.js';
import { lcmClusterReconciler } from './lcmcluster/lcmcluster.reconciler.js';
import { LatestRooms, askRoomOver } from './lcmcluster/lcmcluster.room.js';
import { lcmClusterStateReconciler } from './lcmclusterstate/lcmclusterstate.reconciler.js';
import { lcmMachineReconciler } from './lcmmachine/lcmmachine.reconciler.js';
import { machineReconciler } from './machine/machine.reconciler.js';
import { PastPhases } from './updatephase/past-phases.js';
import { PhaseTraces } from './updatephase/phase-traces.js';
import { updatePhaseReconciler } from './updatephase/updatephase.reconciler.js';
import { upgradeStatusReconcilers } from './upgradestatus/upgradestatus.reconciler.js';

/** What the reconcilers need beside the management API. */
export interface LifecyclePorts {
  readonly config: LifecycleConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: Records;
  readonly bus: Pick<Bus, 'request'>;
  /** Where updates are told as traces; nowhere unless given. */
  readonly spans?: Spans;
  /** Opens the API of a cluster from the text of its kubeconfig. */
  readonly connect: (kubeconfig: string) => KubeApi;
  /** What renders the charts of bundles; none are installed unless given. */
  readonly charts?: Charts;
}

export interface Lifecycle {
  readonly reconcilers: readonly AnyReconciler[];
  /** What was done to machines in their updates. */
  readonly phases: PastPhases;
  /** Ends the connections to the clusters. */
  close(): void;
}

/** Every reconciler of the service, over one connection to each cluster. */
export function lifecycleReconcilers(ports: LifecyclePorts): Lifecycle {
  const children = new ConnectedClusters(ports);
  const phases = new PastPhases(ports.records);
  const { clock, random, charts = noCharts } = ports;
  return {
    phases,
    reconcilers: [
      accessReconciler({ children, clock }),
      clusterReconciler({ clock, children, installsCharts: charts.lacks === undefined }),
      machineReconciler({ config: ports.config, children }),
      lcmClusterReconciler({ children, rooms: new LatestRooms(askRoomOver(ports.bus), clock) }),
      lcmMachineReconciler(children),
      lcmClusterStateReconciler(children),
      gracefulRebootReconciler(),
      helmBundleReconciler({ children, charts, clock, random }),
      updatePhaseReconciler(phases, new PhaseTraces(ports.spans ?? noSpans)),
      ...upgradeStatusReconcilers(),
    ],
    close: () => children.close(),
  };
}
