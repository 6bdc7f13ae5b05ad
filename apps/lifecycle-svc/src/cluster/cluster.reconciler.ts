import {
  type Cluster,
  ClusterDeploymentStatusKind,
  ClusterKind,
  ClusterReleaseKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type Deployment,
  DeploymentKind,
  HelmBundleKind,
  type IPaddr,
  IPaddrKind,
  KaaSReleaseKind,
  type LCMCluster,
  LCMClusterKind,
  LCMMachineKind,
  type Machine,
  MachineKind,
  MCCUpgradeKind,
  type ObjectKey,
  SecretKind,
  SubnetKind,
  keyOf,
  keyText,
  labels,
} from '@keelson/api';
import { accessLabel, clusterOfAccess } from '@keelson/contracts';
import { type Reconciler, input } from '@keelson/reconcile';
import type { Clock } from '@keelson/std';
import type { ChildClusters } from '../child/child-clusters.js';
import { clusterIndexOf, clusterNameOf, hasLeft, isReady, isRebootRequired, troubleOf } from '../membership.js';
import { apiAddressOf } from '../names.js';
import { clusterEvents } from './cluster.events.js';
import { isAvailable, isManagement, ownServices } from './cluster.hosted.js';
import { relevantLcmCluster } from './cluster.lcm.js';
import { type ClusterWorld, observeCluster } from './cluster.observe.js';
import { planCluster } from './cluster.plan.js';
import { clusterMachine } from './cluster.states.js';
import { clusterStatus } from './cluster.status.js';
import { type ClusterStep, clusterSteps } from './cluster.steps.js';
import { relevantPlan, relevantUpgrade } from './cluster.upgrade.js';

export interface ClusterPorts {
  readonly clock: Clock;
  readonly children: ChildClusters;
  /** Whether charts can be installed here: only then the cluster counts by them. */
  readonly installsCharts: boolean;
}

/** Gives a Cluster its address, its certificates, its LCMCluster and its HelmBundle, and says how it stands. */
export function clusterReconciler({
  clock,
  children,
  installsCharts,
}: ClusterPorts): Reconciler<Cluster, ClusterWorld, ClusterStep> {
  return {
    name: 'lifecycle/cluster',
    kind: ClusterKind,
    summary:
      'Gives a Cluster its address, its certificates, its LCMCluster and its HelmBundle, and says how it stands.',
    inputs: [
      input<Machine>({
        kind: MachineKind,
        mapToOwn: clusterOf,
        relevant: (machine) => [
          machine.metadata.labels,
          machine.spec,
          isReady(machine),
          hasLeft(machine),
          isRebootRequired(machine),
          machine.status?.providerStatus?.maintenance,
          troubleOf(machine),
        ],
        indices: { cluster: clusterIndexOf },
      }),
      input({ kind: LCMMachineKind, mapToOwn: () => [], indices: { cluster: clusterIndexOf } }),
      input<LCMCluster>({
        kind: LCMClusterKind,
        mapToOwn: (lcmCluster) => [keyOf(lcmCluster)],
        relevant: relevantLcmCluster,
      }),
      input({ kind: ClusterDeploymentStatusKind, mapToOwn: () => [] }),
      input({ kind: HelmBundleKind, mapToOwn: (bundle) => [keyOf(bundle)] }),
      // Of all addresses in the namespace that of the API alone is read.
      input<IPaddr>({
        kind: IPaddrKind,
        mapToOwn: (address) => clusterOf(address).filter(({ name }) => address.metadata.name === apiAddressOf(name)),
      }),
      input({
        kind: SubnetKind,
        mapToOwn: (subnet) => (subnet.metadata.labels?.['ipam/SVC-LBhost'] === undefined ? [] : clusterOf(subnet)),
      }),
      input({
        kind: SecretKind,
        mapToOwn: (secret) => (secret.metadata.labels?.[labels.provider] === undefined ? [] : clusterOf(secret)),
        indices: {
          access: ({ metadata }) =>
            metadata.labels?.[accessLabel] === undefined ? [] : [keyText(clusterOfAccess(metadata.name))],
        },
      }),
      input({ kind: KaaSReleaseKind, mapToOwn: (_release, reader) => reader.list(ClusterKind).map(keyOf) }),
      input({ kind: ClusterReleaseKind, mapToOwn: (_release, reader) => reader.list(ClusterKind).map(keyOf) }),
      input<Deployment>({
        kind: DeploymentKind,
        selection: ownServices,
        mapToOwn: (_service, reader) => reader.list(ClusterKind).filter(isManagement).map(keyOf),
        relevant: isAvailable,
      }),
      input({
        kind: MCCUpgradeKind,
        mapToOwn: (_upgrade, reader) => reader.list(ClusterKind).filter(isManagement).map(keyOf),
        relevant: relevantUpgrade,
      }),
      input<ClusterUpdatePlan>({
        kind: ClusterUpdatePlanKind,
        mapToOwn: (plan) => [clusterOfPlan(plan)],
        relevant: relevantPlan,
        indices: { cluster: (plan) => [keyText(clusterOfPlan(plan))] },
      }),
    ],
    outputs: [
      { kind: ClusterKind, mode: 'exclusive', verbs: ['patch', 'status'] },
      { kind: LCMClusterKind, mode: 'shared', verbs: ['apply', 'delete'] },
      { kind: ClusterDeploymentStatusKind, mode: 'exclusive', verbs: ['apply', 'delete'] },
      { kind: HelmBundleKind, mode: 'shared', verbs: ['apply', 'delete'] },
      { kind: IPaddrKind, mode: 'shared', verbs: ['apply', 'delete'] },
      { kind: SecretKind, mode: 'shared', verbs: ['create', 'apply', 'delete'] },
    ],
    polls: [{ system: "the cluster's Kubernetes API", everySeconds: 30 }],
    concurrency: 4,
    resyncSeconds: 30,
    machine: clusterMachine,
    observe: (reader, cluster) => observeCluster(reader, cluster, { children, installsCharts }),
    plan: planCluster,
    steps: clusterSteps(children, () => clock.now()),
    status: clusterStatus,
    events: clusterEvents,
  };
}

function clusterOf(object: Parameters<typeof clusterNameOf>[0]): readonly ObjectKey[] {
  const name = clusterNameOf(object);
  return name === undefined ? [] : [{ namespace: object.metadata.namespace, name }];
}

const clusterOfPlan = ({ metadata: { namespace }, spec }: ClusterUpdatePlan): ObjectKey => ({
  namespace,
  name: spec.cluster,
});
