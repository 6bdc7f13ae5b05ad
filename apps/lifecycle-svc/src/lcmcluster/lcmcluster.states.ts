import { type LCMCluster, LCMClusterKind } from '@keelson/api';
import type { Machine as StateMachine, StateTable } from '@keelson/reconcile';

export type LcmClusterState = 'Pending' | 'Deploying' | 'Stuck' | 'Ready';

const hour = 3600;
const shared = {
  heartbeat: { sign: 'a change of one of its LCMMachines', everySeconds: hour },
  waitsFor: 'its LCMMachines',
  abort: 'delete the Machine that does not get on',
} as const;

/** How the installation of Kubernetes stands, as the counts and the stuck flag of the status tell it. */
export const lcmClusterTable: StateTable<LcmClusterState> = {
  kind: LCMClusterKind.kind,
  initial: 'Pending',
  states: {
    Pending: {
      ...shared,
      meaning: 'no machine of the cluster has an LCMMachine yet',
      to: ['Deploying', 'Stuck', 'Ready'],
      deletable: true,
      deadlineSeconds: 24 * hour,
      onDeadline: 'keeps waiting: the Cluster says that it has no machines',
      waitsFor: 'Machines of the cluster that take a host',
    },
    Deploying: {
      ...shared,
      meaning: 'machines become nodes: the control plane one by one, then the workers',
      to: ['Pending', 'Stuck', 'Ready'],
      deletable: true,
      deadlineSeconds: 8 * hour,
      onDeadline: 'keeps going and names the machine whose turn it is',
    },
    Stuck: {
      ...shared,
      meaning: 'an agent is silent or an item keeps failing',
      to: ['Pending', 'Deploying', 'Ready'],
      deletable: true,
      deadlineSeconds: 24 * hour,
      onDeadline: 'keeps going and names the agent',
      heartbeat: { sign: "the agents' Leases", everySeconds: 120 },
    },
    Ready: {
      rest: true,
      meaning: 'all of its machines have done all items',
      to: ['Pending', 'Deploying', 'Stuck'],
      deletable: true,
    },
  },
};

export const lcmClusterMachine: StateMachine<LCMCluster> = { table: lcmClusterTable, stateOf: lcmClusterStateOf };

function lcmClusterStateOf({ status }: LCMCluster): LcmClusterState {
  const requested = status?.requestedNodes ?? 0;
  if (requested === 0) return 'Pending';
  if (status?.lcmOperationStuck === true) return 'Stuck';
  return status?.readyNodes === requested ? 'Ready' : 'Deploying';
}
