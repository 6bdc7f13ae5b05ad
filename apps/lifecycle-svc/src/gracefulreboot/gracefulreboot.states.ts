import { type GracefulRebootRequest, GracefulRebootRequestKind } from '@keelson/api';
import type { Machine as StateMachine, StateTable } from '@keelson/reconcile';

export type RebootState = 'Waiting' | 'Blocked' | 'Rebooting';

const hour = 3600;
const abort = 'delete the request: hosts that have not begun are spared; a restart under way cannot be taken back';

/** The life of a request, kept in `status.phase`; a done one is gone. */
export const rebootTable: StateTable<RebootState> = {
  kind: GracefulRebootRequestKind.kind,
  initial: 'Waiting',
  states: {
    Waiting: {
      meaning: 'waits until its cluster is ready',
      to: ['Blocked', 'Rebooting'],
      deletable: true,
      deadlineSeconds: 24 * hour,
      onDeadline: 'keeps waiting and says what its cluster lacks',
      heartbeat: { sign: 'a change of the Cluster', everySeconds: hour },
      waitsFor: 'its Cluster',
      abort,
    },
    Blocked: {
      rest: true,
      meaning: 'names a cluster or machines that do not exist',
      to: ['Waiting', 'Rebooting'],
      deletable: true,
      held: {
        unblocks: 'the cluster or the machines that its message names, or a spec that names others',
        abort: 'delete the GracefulRebootRequest; hosts that it restarted stay restarted',
      },
    },
    Rebooting: {
      meaning: 'hosts restart one after the other, each drained before and put back after',
      to: ['Waiting', 'Blocked'],
      deletable: true,
      deadlineSeconds: 7 * 24 * hour,
      onDeadline: 'keeps going and names the machine that holds it',
      heartbeat: { sign: 'a change of one of its LCMMachines', everySeconds: 2 * hour },
      waitsFor: 'the LCMCluster, which gives machines their turns',
      abort,
    },
  },
};

export const rebootMachine: StateMachine<GracefulRebootRequest> = {
  table: rebootTable,
  stateOf: ({ status }) =>
    status?.phase === 'Blocked' || status?.phase === 'Rebooting' ? status.phase : rebootTable.initial,
};
