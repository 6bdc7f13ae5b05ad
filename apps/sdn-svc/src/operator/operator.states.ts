import { type TFOperator, TFOperatorKind, type TfOperatorState } from '@keelson/api';
import { sdnNews } from '@keelson/contracts';
import type { Machine, StateTable } from '@keelson/reconcile';

const hour = 3600;

/** How OpenSDN stands. */
export const operatorTable: StateTable<TfOperatorState> = {
  kind: TFOperatorKind.kind,
  initial: 'Pending',
  states: {
    Pending: {
      meaning: 'what OpenStack hands over, or nodes with the labels of OpenSDN, are not there yet',
      to: ['Deploying', 'Ready', 'Failed', 'Deleting'],
      deletable: true,
      deadlineSeconds: 24 * hour,
      onDeadline: 'becomes Failed and goes on looking',
      heartbeat: { sign: 'a look for what is missing', everySeconds: 600 },
      waitsFor: 'the Secret tf-data or the nodes named in progress',
      abort: 'delete the TFOperator; nothing runs yet',
    },
    Deploying: {
      meaning: 'services are applied one after the other',
      to: ['Ready', 'Failed', 'Pending', 'Deleting'],
      deletable: true,
      // vRouters are replaced one node after the other: as long as nodes follow each other it goes on.
      deadlineSeconds: 2 * hour,
      onDeadline:
        'two hours after the last pod that came to what is to run it becomes Failed, names the workload that does not get ready, and tries on',
      heartbeat: { sign: 'status.rollout: one more pod that runs what is to run', everySeconds: hour },
      waitsFor: 'the workload named in progress',
      abort: 'change the spec back; vRouters that were replaced already are replaced again',
    },
    Ready: {
      rest: true,
      meaning: 'all services are what the TFOperator says; health tells how they are now',
      held: {
        unblocks: 'the workload or pod that progress names, which is not healthy',
        abort: 'nothing is under way: what runs goes on',
      },
      to: ['Deploying', 'Pending', 'Failed', 'Deleting'],
      deletable: true,
    },
    Failed: {
      rest: true,
      meaning: 'something needs an operator; it is tried on',
      held: {
        unblocks: 'what progress names: a workload or pod that gets ready at last',
        abort: 'change the spec back, or delete the TFOperator',
      },
      to: ['Deploying', 'Ready', 'Pending', 'Deleting'],
      deletable: true,
    },
    Deleting: {
      meaning: 'what OpenStack was told is taken back and workloads are removed; volumes of the databases stay',
      to: [],
      deletable: true,
      deadlineSeconds: hour,
      onDeadline:
        'is let go, and an Event names what is still there: what holds those objects is not ours; they are owned by it, or on their way out',
      heartbeat: { sign: 'an object that is gone', everySeconds: 600 },
      waitsFor: 'the object named in progress to be gone',
      abort: 'cannot be taken back; networks of instances end with the vRouters',
    },
  },
};

export const operatorMachine: Machine<TFOperator> = {
  table: operatorTable,
  stateOf: ({ status }) => status?.state ?? 'Pending',
  heardAt: advancedAt,
  renewedAt: advancedAt,
  news: { Ready: sdnNews.operator.ready, Failed: sdnNews.operator.failed },
};

/** While it is being deployed; that it got on once says nothing of other states. */
function advancedAt({ status }: TFOperator): number | undefined {
  if (status?.state !== 'Deploying' || status.rollout === undefined) return undefined;
  return Date.parse(status.rollout.advancedAt);
}
