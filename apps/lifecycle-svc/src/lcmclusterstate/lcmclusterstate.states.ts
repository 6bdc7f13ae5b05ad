import { type LCMClusterState, LCMClusterStateKind } from '@keelson/api';
import type { Machine as StateMachine, StateTable } from '@keelson/reconcile';

export type DrainState = 'Draining' | 'Drained' | 'Uncordoning' | 'Uncordoned';

const hour = 3600;
/** How long a node may take to be drained before that counts as failed. It is tried on after that. */
export const drainDeadlineSeconds = hour;

/** How the drain of a node stands, by the value in effect and why it is not the one asked for. */
export const lcmClusterStateTable: StateTable<DrainState> = {
  kind: LCMClusterStateKind.kind,
  initial: 'Draining',
  states: {
    Draining: {
      meaning: 'the node is cordoned and what runs on it is evicted within disruption budgets',
      to: ['Drained', 'Uncordoning', 'Uncordoned'],
      deletable: true,
      deadlineSeconds: drainDeadlineSeconds,
      onDeadline: 'keeps trying, names the pod and the budget, and says how to go on without them or to go back',
      heartbeat: { sign: 'a look at the pods of the node', everySeconds: 60 },
      waitsFor: 'the pods of the node, or the disruption budget that holds one',
      abort: 'unset what asked for it: maintenance or delete of the Machine; pods already evicted stay where they are',
    },
    Drained: {
      rest: true,
      meaning: 'nothing that can move is left on the node',
      to: ['Draining', 'Uncordoning', 'Uncordoned'],
      deletable: true,
    },
    Uncordoning: {
      meaning: 'the node is to take pods again',
      to: ['Uncordoned', 'Draining', 'Drained'],
      deletable: true,
      deadlineSeconds: hour,
      onDeadline: 'keeps trying; the API of the cluster does not answer',
      heartbeat: { sign: "a look at the cluster's API", everySeconds: 60 },
      waitsFor: "the cluster's API",
      abort: 'uncordon the node by hand; this object goes with its machine',
    },
    Uncordoned: {
      rest: true,
      meaning: 'the node takes pods',
      to: ['Draining', 'Drained', 'Uncordoning'],
      deletable: true,
    },
  },
};

export const lcmClusterStateMachine: StateMachine<LCMClusterState> = {
  table: lcmClusterStateTable,
  // A message says that the value in effect is not the one asked for.
  stateOf: ({ status }) => {
    if (status?.value === 'true') return status.message === undefined ? 'Drained' : 'Uncordoning';
    return status?.value === 'false' && status.message === undefined ? 'Uncordoned' : 'Draining';
  },
};
