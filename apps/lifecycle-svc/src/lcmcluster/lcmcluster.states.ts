import { type LCMCluster, LCMClusterKind } from '@keelson/api';
import type { Machine as StateMachine, StateTable } from '@keelson/reconcile';

export type LcmClusterState = (typeof all)[number];

const hour = 3600;
const shared = {
  heartbeat: { sign: 'a change of one of its LCMMachines', everySeconds: hour },
  waitsFor: 'its LCMMachines',
  abort: 'delete the Machine that does not get on',
} as const;

const all = [
  'Pending',
  'Deploying',
  'Stuck',
  'Ready',
  'Updating',
  'EntersMaintenance',
  'Maintenance',
  'LeavesMaintenance',
] as const;
const except = (self: LcmClusterState): LcmClusterState[] => all.filter((state) => state !== self);

/** How the installation of Kubernetes stands, kept in `status.phase`. */
export const lcmClusterTable: StateTable<LcmClusterState> = {
  kind: LCMClusterKind.kind,
  initial: 'Pending',
  states: {
    Pending: {
      ...shared,
      meaning: 'no machine of the cluster has an LCMMachine yet',
      to: except('Pending'),
      deletable: true,
      deadlineSeconds: 24 * hour,
      onDeadline: 'keeps waiting: the Cluster says that it has no machines',
      waitsFor: 'Machines of the cluster that take a host',
    },
    Deploying: {
      ...shared,
      meaning: 'machines become nodes: the control plane one by one, then the workers',
      to: except('Deploying'),
      deletable: true,
      deadlineSeconds: 8 * hour,
      onDeadline: 'keeps going and names the machine whose turn it is',
    },
    Stuck: {
      ...shared,
      meaning: 'an agent is silent or an item keeps failing',
      to: except('Stuck'),
      deletable: true,
      deadlineSeconds: 24 * hour,
      onDeadline: 'keeps going and names the agent',
      heartbeat: { sign: "the agents' Leases", everySeconds: 120 },
    },
    Ready: {
      rest: true,
      meaning: 'all of its machines have done all items',
      to: except('Ready'),
      deletable: true,
    },
    Updating: {
      meaning: 'its machines go to another release: the control plane one by one, then workers by update group',
      to: except('Updating'),
      deletable: true,
      deadlineSeconds: 7 * 24 * hour,
      onDeadline: 'keeps going and names the machine, the lock or the step of the plan that holds it',
      heartbeat: { sign: 'a change of one of its LCMMachines', everySeconds: 2 * hour },
      waitsFor: 'the locks of its workloads, then the machines whose turn it is',
      abort: 'un-commence steps that are not started, or hold nodes by a lock; machines already updated stay so',
    },
    EntersMaintenance: {
      meaning: 'its workloads are asked to be ready for work on the cluster',
      to: except('EntersMaintenance'),
      deletable: true,
      deadlineSeconds: 24 * hour,
      onDeadline: 'keeps waiting and names the lock and its holder',
      heartbeat: { sign: 'a change of the locks', everySeconds: hour },
      waitsFor: 'the ClusterWorkloadLocks of the cluster, whoever made them',
      abort: 'unset spec.providerSpec.value.maintenance of the Cluster; nothing is done to a node yet',
    },
    Maintenance: {
      rest: true,
      meaning: 'its workloads are ready for work on it, as an operator has asked',
      to: except('Maintenance'),
      deletable: true,
    },
    LeavesMaintenance: {
      meaning: 'the request is being withdrawn',
      to: except('LeavesMaintenance'),
      deletable: true,
      deadlineSeconds: hour,
      onDeadline: "keeps trying: the cluster's API does not answer, or a node is still out of use",
      heartbeat: { sign: "a look at the cluster's API", everySeconds: 60 },
      waitsFor: "the cluster's API, then its nodes that are out of use",
      abort: 'set spec.providerSpec.value.maintenance of the Cluster again',
    },
  },
};

export const lcmClusterMachine: StateMachine<LCMCluster> = { table: lcmClusterTable, stateOf: phaseOf };

export function phaseOf({ status }: LCMCluster): LcmClusterState {
  const phase = status?.phase;
  return phase !== undefined && isPhase(phase) ? phase : lcmClusterTable.initial;
}

function isPhase(text: string): text is LcmClusterState {
  return Object.hasOwn(lcmClusterTable.states, text);
}
