import {
  ClusterKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type HelmBundle,
  HelmBundleKind,
  type KubeObject,
  type LCMCluster,
  LCMClusterKind,
  LCMClusterUpgradeStatusKind,
  type LCMMachine,
  LCMMachineKind,
  LCMMachineUpgradeStatusKind,
  type Machine,
  MachineKind,
  type ObjectKey,
  SecretKind,
  UpdateGroupKind,
  keyOf,
} from '@keelson/api';
import { type Reconciler, input } from '@keelson/reconcile';
import { isPrepared, isReleased } from '../lcmmachine/lcmmachine.items.js';
import { isRebootAsked } from '../lcmmachine/lcmmachine.update.js';
import { lcmStateOf } from '../lcmmachine/lcmmachine.states.js';
import { clusterIndexOf, clusterNameOf, internalIpOf, partOf } from '../membership.js';
import { type LcmClusterPorts, type LcmClusterWorld, observeLcmCluster } from './lcmcluster.observe.js';
import { planLcmCluster } from './lcmcluster.plan.js';
import { lcmClusterMachine } from './lcmcluster.states.js';
import { lcmClusterStatus } from './lcmcluster.status.js';
import { type LcmClusterStep, lcmClusterSteps } from './lcmcluster.steps.js';

/** Says whose turn it is to deploy, control plane first and one by one, and counts the nodes. */
export function lcmClusterReconciler({
  children,
  rooms,
}: LcmClusterPorts): Reconciler<LCMCluster, LcmClusterWorld, LcmClusterStep> {
  return {
    name: 'lifecycle/lcmcluster',
    kind: LCMClusterKind,
    summary:
      'Says whose turn it is to deploy or to be updated, control plane first and one by one, and counts the nodes.',
    inputs: [
      input<LCMMachine>({
        kind: LCMMachineKind,
        mapToOwn: clusterOf,
        relevant: relevantMachine,
        indices: { cluster: clusterIndexOf },
      }),
      input<Machine>({
        kind: MachineKind,
        mapToOwn: clusterOf,
        // What is shown of a member of the control plane decides when the next one joins.
        relevant: (machine) => [
          machine.metadata.labels,
          machine.spec,
          partOf(machine) === 'control' && machine.status?.providerStatus?.status === 'Deploy',
        ],
      }),
      input<HelmBundle>({
        kind: HelmBundleKind,
        mapToOwn: (bundle) => [keyOf(bundle)],
        relevant: ({ status }) => status !== undefined,
      }),
      input({ kind: LCMClusterUpgradeStatusKind, mapToOwn: () => [] }),
      input({ kind: LCMMachineUpgradeStatusKind, mapToOwn: () => [], indices: { cluster: clusterIndexOf } }),
      input({ kind: ClusterKind, mapToOwn: () => [] }),
      input({ kind: UpdateGroupKind, mapToOwn: clusterOf, indices: { cluster: clusterIndexOf } }),
      input<ClusterUpdatePlan>({
        kind: ClusterUpdatePlanKind,
        mapToOwn: ({ metadata, spec }) => [{ namespace: metadata.namespace, name: spec.cluster }],
        relevant: ({ spec }) => spec,
        indices: { cluster: ({ metadata, spec }) => [`${metadata.namespace ?? ''}/${spec.cluster}`] },
      }),
      input({ kind: SecretKind, mapToOwn: () => [] }),
    ],
    outputs: [
      { kind: LCMClusterKind, mode: 'shared', verbs: ['patch', 'status'] },
      { kind: LCMClusterUpgradeStatusKind, mode: 'exclusive', verbs: ['apply'] },
    ],
    polls: [{ system: "the cluster's Kubernetes API; every second or two between two turns", everySeconds: 60 }],
    wokenBy: [
      {
        system: 'the locks of workloads of the whole cluster, and the requests for its maintenance',
        subscribe: (wake) =>
          children.onChange(({ cluster, node, isRequest }) => {
            if (node === undefined || isRequest) wake(() => [cluster]);
          }),
      },
    ],
    concurrency: 4,
    resyncSeconds: 60,
    machine: lcmClusterMachine,
    observe: (reader, lcmCluster) => observeLcmCluster(reader, lcmCluster, { children, rooms }),
    plan: planLcmCluster,
    steps: lcmClusterSteps(children),
    events: ({ rooms }, { done }) =>
      rooms !== undefined && 'lacks' in rooms && done.some(({ type }) => type === 'hand-update-turns')
        ? [{ type: 'Normal', reason: 'InstanceRoomUnknown', message: rooms.lacks }]
        : [],
    // A pass that hands the turn on is followed by one that shows it: one write for both.
    status: (world, { outcome }) => (outcome.type === 'progressing' ? undefined : lcmClusterStatus(world)),
  };
}

function clusterOf(object: KubeObject): readonly ObjectKey[] {
  const name = clusterNameOf(object);
  return name === undefined ? [] : [{ namespace: object.metadata.namespace, name }];
}

/** Its releases count once it is a member, and once it is Ready: told by themselves before, they change nothing. */
function relevantMachine(machine: LCMMachine): unknown {
  const { spec, status } = machine;
  return [
    isReleased(machine) && [spec.release, isRebootAsked(machine)],
    lcmStateOf(machine) === 'Ready' && [status?.release],
    spec.type === 'control' && [isPrepared(machine), internalIpOf(machine)],
    status?.lcmOperationStuck,
    status?.lcmOperationStuckMessage,
    heldUpBy(machine),
  ];
}

const holding: ReadonlySet<string> = new Set([
  'WorkloadLocked',
  'WorkloadLockFailed',
  'DisruptionBudget',
  'NodeNotReady',
  'OldKubelet',
  'APISilent',
]);

/** What somebody else must move, in the machine's words: the cluster tells it on. */
function heldUpBy({ status }: LCMMachine): string | undefined {
  const { reason, message } = status?.progress ?? {};
  return reason !== undefined && holding.has(reason) ? message : undefined;
}
