import {
  type Cluster,
  ClusterKind,
  ClusterReleaseKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  KaaSReleaseKind,
  type LCMCluster,
  LCMClusterKind,
  MCCUpgradeKind,
  type KubeObject,
  type Machine,
  MachineKind,
  type ObjectKey,
  UpdateGroupKind,
  keyOf,
  keyText,
} from '@keelson/api';
import { type Reader, type Reconciler, input } from '@keelson/reconcile';
import { clusterIndexOf, clusterNameOf } from '../names.js';
import type { PastSteps } from '../past/past-steps.js';
import { type OfferWorld, observeOffer } from './cluster.observe.js';
import { planOffer } from './cluster.plan.js';
import { type OfferStep, offerSteps } from './cluster.steps.js';

/** Offers a cluster the updates it may have, and makes the update groups of the system. */
export function offerReconciler(past: PastSteps): Reconciler<Cluster, OfferWorld, OfferStep> {
  return {
    name: 'release/cluster',
    kind: ClusterKind,
    summary: 'Offers a cluster the updates it may have, and makes the update groups of the system.',
    inputs: [
      input({ kind: KaaSReleaseKind, mapToOwn: allClusters }),
      input({ kind: ClusterReleaseKind, mapToOwn: allClusters }),
      input({ kind: MCCUpgradeKind, mapToOwn: allClusters, relevant: () => undefined }),
      input<ClusterUpdatePlan>({
        kind: ClusterUpdatePlanKind,
        // How far a step is and when it will be over changes no offer; that it has begun or is done does.
        relevant: ({ spec, status }) => [
          spec,
          status?.status,
          status?.startedAt,
          status?.steps?.map(({ id, status: state }) => [id, state]),
        ],
        mapToOwn: (plan) => [{ namespace: plan.metadata.namespace, name: plan.spec.cluster }],
        indices: { cluster: (plan) => [keyText({ namespace: plan.metadata.namespace, name: plan.spec.cluster })] },
      }),
      input<LCMCluster>({
        kind: LCMClusterKind,
        mapToOwn: (lcmCluster) => [keyOf(lcmCluster)],
        relevant: ({ spec }) => [spec.release, spec.nodesRebootRequired],
      }),
      input({ kind: UpdateGroupKind, mapToOwn: ofCluster, indices: { cluster: clusterIndexOf } }),
      input<Machine>({
        kind: MachineKind,
        mapToOwn: ofCluster,
        relevant: (machine) => [machine.metadata.labels, machine.spec.providerSpec.value?.nodeLabels],
        indices: { cluster: clusterIndexOf },
      }),
    ],
    outputs: [
      { kind: ClusterUpdatePlanKind, mode: 'shared', verbs: ['create', 'patch', 'delete'] },
      { kind: UpdateGroupKind, mode: 'shared', verbs: ['create'] },
      { kind: MCCUpgradeKind, mode: 'shared', verbs: ['create'] },
    ],
    concurrency: 2,
    resyncSeconds: 300,
    relevant: ({ metadata, spec, status }) => [
      metadata.deletionTimestamp,
      spec,
      status?.providerStatus?.releaseRefs?.current?.name,
      status?.providerStatus?.ceph !== undefined,
    ],
    observe: (reader, cluster) => observeOffer(reader, cluster, past),
    plan: planOffer,
    steps: offerSteps,
    // The status of a Cluster is lifecycle-svc's.
    status: () => undefined,
  };
}

function allClusters(_object: KubeObject, reader: Reader): readonly ObjectKey[] {
  return reader.list(ClusterKind).map(keyOf);
}

function ofCluster(object: KubeObject): readonly ObjectKey[] {
  const name = clusterNameOf(object);
  return name === undefined ? [] : [{ namespace: object.metadata.namespace, name }];
}
