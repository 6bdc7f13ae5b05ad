import { type NodeOutage, NodeOutageKind, type NodeOutageState, nodeOutageStates } from '@keelson/api';
import type { Machine, StateTable } from '@keelson/reconcile';

const minute = 60;
const others = (state: NodeOutageState): readonly NodeOutageState[] =>
  nodeOutageStates.filter((other) => other !== state);
const abort = 'bring the node back, or delete it; what Masakari has brought back elsewhere stays there';

/** What becomes of a node that does not answer. */
export const outageTable: StateTable<NodeOutageState> = {
  kind: NodeOutageKind.kind,
  initial: 'Confirming',
  states: {
    Confirming: {
      meaning:
        'the node does not answer, and it is not shown yet that it is down: what may still run on it is left alone',
      to: others('Confirming'),
      deletable: true,
      deadlineSeconds: 30 * minute,
      onDeadline: 'waits on: an operator confirms that the node is off, or finds out why it does not answer',
      heartbeat: { sign: 'a look at the node, its pods and nova', everySeconds: 5 * minute },
      waitsFor: 'nova, which must see the compute down; or who switches the node off for good, or confirms that it is',
      abort,
    },
    Recovering: {
      meaning: 'Masakari brings the instances of the node back elsewhere',
      to: others('Recovering'),
      deletable: true,
      deadlineSeconds: 60 * minute,
      onDeadline: 'waits on: Masakari tries again by itself until it gives the notification up',
      heartbeat: { sign: 'the status of the notification', everySeconds: 5 * minute },
      waitsFor: 'Masakari',
      abort,
    },
    Down: {
      rest: true,
      meaning: 'the node is down, and nothing is left to do but to bring it back or to replace it',
      to: others('Down'),
      deletable: true,
    },
    Failed: {
      rest: true,
      meaning: 'instances of the node did not come back elsewhere: an operator is needed',
      held: {
        unblocks: 'who evacuates what is left by hand, or brings the node back',
        abort: 'delete the NodeOutage once nothing is left on the node',
      },
      to: others('Failed'),
      deletable: true,
    },
    Returning: {
      meaning: 'the node is Ready again and is put back in service',
      to: others('Returning'),
      deletable: true,
      deadlineSeconds: 30 * minute,
      onDeadline: 'waits on: says which part of the node does not come back',
      heartbeat: { sign: 'a look at nova-compute and Masakari', everySeconds: 5 * minute },
      waitsFor: 'nova-compute on the node',
      abort: 'delete the NodeOutage: what is not in service yet stays so',
    },
  },
};

export const outageMachine: Machine<NodeOutage> = {
  table: outageTable,
  stateOf: ({ status }) => status?.state ?? 'Confirming',
};
