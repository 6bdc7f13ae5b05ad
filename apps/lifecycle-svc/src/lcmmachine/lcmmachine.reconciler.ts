import {
  ClusterKind,
  ClusterReleaseKind,
  ContainerRegistryKind,
  IpamHostKind,
  type ItemPhase,
  type LCMCluster,
  LCMClusterKind,
  type LCMClusterState,
  LCMClusterStateKind,
  type LCMMachine,
  LCMMachineKind,
  LCMMachineUpgradeStatusKind,
  LeaseKind,
  MachineKind,
  type ObjectKey,
  SecretKind,
  keyOf,
  keyText,
} from '@keelson/api';
import { type Reader, type Reconciler, input } from '@keelson/reconcile';
import type { ChildClusters } from '../child/child-clusters.js';
import { updateTurnsOf } from '../lcmcluster/lcmcluster.turn.js';
import { clusterIndexOf, internalIpOf, partOf } from '../membership.js';
import { instanceNameOf } from '../names.js';
import { lcmMachineEvents } from './lcmmachine.events.js';
import { isPrepared, isReleased, undone } from './lcmmachine.items.js';
import { type LcmMachineWorld, observeLcmMachine } from './lcmmachine.observe.js';
import { planLcmMachine } from './lcmmachine.plan.js';
import { lcmMachineMachine } from './lcmmachine.states.js';
import { lcmMachineStatus } from './lcmmachine.status.js';
import { type LcmMachineStep, lcmMachineSteps } from './lcmmachine.steps.js';

/** Gives an agent its items phase by phase, tells from its reports how far the host is, and drains the node on the way out. */
export function lcmMachineReconciler(children: ChildClusters): Reconciler<LCMMachine, LcmMachineWorld, LcmMachineStep> {
  return {
    name: 'lifecycle/lcmmachine',
    kind: LCMMachineKind,
    summary:
      'Gives an agent its items phase by phase, tells from its reports how far the host is, and drains the node on the way out.',
    inputs: [
      input({
        kind: MachineKind,
        mapToOwn: (machine) => [keyOf(machine)],
        // Of its status only how long it has been leaving; the rest is made from ours.
        relevant: ({ metadata, spec, status }) => [
          metadata.labels,
          metadata.annotations,
          spec,
          status?.phase === 'Deleting' && status.progress?.since,
        ],
        indices: {
          cluster: clusterIndexOf,
          control: (machine) => (partOf(machine) === 'control' ? clusterIndexOf(machine) : []),
          node: (machine) => [instanceNameOf(machine)],
        },
      }),
      input({ kind: LCMMachineKind, mapToOwn: () => [], indices: { cluster: clusterIndexOf } }),
      input<LCMCluster>({
        kind: LCMClusterKind,
        mapToOwn: waitingMachinesOf,
        // Whose turn it is stands in an annotation; how far the control plane is shows in the nodes.
        relevant: ({ metadata, spec, status }) => [metadata.annotations, spec, status?.readyNodes],
      }),
      input<LCMClusterState>({
        kind: LCMClusterStateKind,
        mapToOwn: ({ metadata, spec }) => [{ namespace: metadata.namespace, name: spec.arg }],
        relevant: ({ metadata, spec, status }) => [metadata.deletionTimestamp, spec, status],
      }),
      input({ kind: LCMMachineUpgradeStatusKind, mapToOwn: () => [] }),
      input({ kind: ClusterKind, mapToOwn: () => [] }),
      input({ kind: ClusterReleaseKind, mapToOwn: () => [] }),
      input({ kind: ContainerRegistryKind, mapToOwn: () => [] }),
      input({ kind: SecretKind, mapToOwn: () => [] }),
      input({ kind: IpamHostKind, mapToOwn: (host, reader) => (needsItems(reader, keyOf(host)) ? [keyOf(host)] : []) }),
      input({ kind: LeaseKind, mapToOwn: (lease, reader) => (isStuck(reader, keyOf(lease)) ? [keyOf(lease)] : []) }),
    ],
    outputs: [
      { kind: LCMMachineKind, mode: 'shared', verbs: ['patch', 'status'] },
      { kind: LCMClusterStateKind, mode: 'shared', verbs: ['apply', 'delete'] },
      { kind: LCMMachineUpgradeStatusKind, mode: 'exclusive', verbs: ['apply'] },
    ],
    polls: [{ system: "the cluster's Kubernetes API", everySeconds: 120 }],
    wokenBy: [
      {
        system: 'the locks of workloads on its node, and the requests for its maintenance',
        subscribe: (wake) =>
          children.onChange(({ node }) => {
            if (node !== undefined) wake((reader) => reader.byIndex(MachineKind, 'node', node).map(keyOf));
          }),
      },
      {
        system: 'that the API of its cluster answers, or does not any more; its Node, while that is out of use',
        subscribe: (wake) => children.onNode((cluster, node) => wake((reader) => waitingOnNode(cluster, node, reader))),
      },
    ],
    concurrency: 8,
    resyncSeconds: 120,
    relevant: tellsOfAgent,
    machine: lcmMachineMachine,
    observe: (reader, machine) => observeLcmMachine(reader, machine, children),
    plan: planLcmMachine,
    steps: lcmMachineSteps(children),
    status: lcmMachineStatus,
    events: lcmMachineEvents,
  };
}

/** Of the agent's reports where a phase ends, what fails, and another boot: items that succeed within a phase change nothing. */
function tellsOfAgent(machine: LCMMachine): unknown {
  const { labels, annotations, finalizers } = machine.metadata;
  const { stateItemStatuses = {}, hostInfo, ...told } = machine.status ?? {};
  const failing = Object.entries(stateItemStatuses).filter(([, { exitCode }]) => exitCode !== 0);
  const phases = (['prepare', 'deploy', 'reconfigure'] satisfies ItemPhase[]).map(
    (phase) => undone(machine, phase).length === 0,
  );
  return [labels, annotations, finalizers, machine.spec, told, hostInfo?.bootID, phases, failing];
}

/** Those that a change of the LCMCluster can let go on: the ones that wait for items, and those whose turn it is. */
function waitingMachinesOf(lcmCluster: LCMCluster, reader: Reader): readonly ObjectKey[] {
  const turns = new Set(updateTurnsOf(lcmCluster).map(({ machine }) => machine));
  return reader
    .byIndex(LCMMachineKind, 'cluster', keyText(keyOf(lcmCluster)))
    .filter((machine) => awaitsItems(machine) || turns.has(machine.metadata.name))
    .map(keyOf);
}

function waitingOnNode(cluster: ObjectKey, node: string | undefined, reader: Reader): readonly ObjectKey[] {
  if (node === undefined)
    return reader.byIndex(LCMMachineKind, 'cluster', keyText(cluster)).filter(awaitsItems).map(keyOf);
  const machines = reader.byIndex(MachineKind, 'node', node).map(keyOf);
  return machines.filter((key) => reader.get(LCMMachineKind, key)?.status?.kubernetesCordonDrain !== undefined);
}

/** Its agent has reported and has nothing to do: it has no items yet, or waits for those of its deployment. */
function awaitsItems(machine: LCMMachine): boolean {
  if (internalIpOf(machine) === undefined || isReleased(machine)) return false;
  return (machine.spec.stateItems ?? []).length === 0 || isPrepared(machine);
}

function needsItems(reader: Reader, key: ObjectKey): boolean {
  const machine = reader.get(LCMMachineKind, key);
  return machine !== undefined && (machine.spec.stateItems ?? []).length === 0;
}

/** A Lease is renewed every forty seconds: it matters at once only to a machine whose agent was missed. */
function isStuck(reader: Reader, key: ObjectKey): boolean {
  return reader.get(LCMMachineKind, key)?.status?.lcmOperationStuck === true;
}
