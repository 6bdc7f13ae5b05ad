import { type KubeObject, type LCMCluster, LCMClusterKind, LCMMachineKind, MachineKind, type ObjectKey, SecretKind } from '@keelson/api';
import { type Reconciler, input } from '@keelson/reconcile';
import type { ChildClusters } from '../child/child-clusters.js';
import { clusterIndexOf, clusterNameOf } from '../membership.js';
import { type LcmClusterWorld, observeLcmCluster } from './lcmcluster.observe.js';
import { planLcmCluster } from './lcmcluster.plan.js';
import { lcmClusterMachine } from './lcmcluster.states.js';
import { lcmClusterStatus } from './lcmcluster.status.js';
import { type LcmClusterStep, lcmClusterSteps } from './lcmcluster.steps.js';

/** Says whose turn it is to deploy, control plane first and one by one, and counts the nodes. */
export function lcmClusterReconciler(children: ChildClusters): Reconciler<LCMCluster, LcmClusterWorld, LcmClusterStep> {
  return {
    name: 'lifecycle/lcmcluster',
    kind: LCMClusterKind,
    summary: 'Says whose turn it is to deploy, control plane first and one by one, and counts the nodes.',
    inputs: [
      input({ kind: LCMMachineKind, mapToOwn: clusterOf, indices: { cluster: clusterIndexOf } }),
      input({ kind: MachineKind, mapToOwn: clusterOf }),
      input({ kind: SecretKind, mapToOwn: () => [] }),
    ],
    outputs: [{ kind: LCMClusterKind, mode: 'shared', verbs: ['patch', 'status'] }],
    polls: [{ system: "the cluster's Kubernetes API; every second or two between two turns", everySeconds: 60 }],
    concurrency: 4,
    resyncSeconds: 60,
    machine: lcmClusterMachine,
    observe: (reader, lcmCluster) => observeLcmCluster(reader, lcmCluster, children),
    plan: planLcmCluster,
    steps: lcmClusterSteps,
    // A pass that hands the turn on is followed by one that shows it: one write for both.
    status: (world, { outcome }) => (outcome.type === 'progressing' ? undefined : lcmClusterStatus(world)),
  };
}

function clusterOf(object: KubeObject): readonly ObjectKey[] {
  const name = clusterNameOf(object);
  return name === undefined ? [] : [{ namespace: object.metadata.namespace, name }];
}
