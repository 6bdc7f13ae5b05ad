import type { IPaddr } from '@keelson/api';
import type { StateTable } from '@keelson/reconcile';

export type IpaddrState = 'Pending' | 'Active' | 'Failed' | 'Terminating';

const heartbeat = { sign: 'looks of baremetal-svc', everySeconds: 300 };

/** The life of an address that is given out. */
export const ipaddrStates: StateTable<IpaddrState> = {
  kind: 'IPaddr',
  initial: 'Pending',
  states: {
    Pending: {
      meaning: 'An address is being chosen.',
      to: ['Active', 'Failed', 'Terminating'],
      deadlineSeconds: 300,
      onDeadline: 'It is tried on, and the reason stands in the status.',
      heartbeat,
      waitsFor: 'the Subnet',
      abort: 'Delete the IPaddr.',
    },
    Active: { meaning: 'The address is given out.', to: ['Failed', 'Terminating'], rest: true, deletable: true },
    Failed: {
      meaning: 'No address can be given; the reason says why.',
      to: ['Active', 'Pending', 'Terminating'],
      rest: true,
      deletable: true,
    },
    Terminating: {
      meaning: 'The address is being freed.',
      to: [],
      deletable: true,
      deadlineSeconds: 3600,
      onDeadline: 'It goes on waiting for the machine that uses the address.',
      heartbeat,
      waitsFor: 'the IpamHost that uses the address',
      abort: 'Deletion cannot be taken back; delete the Machine to let it end.',
    },
  },
};

/** The state an IPaddr is in by its status. */
export function ipaddrStateOf({ metadata, status }: IPaddr): IpaddrState {
  return metadata.deletionTimestamp === undefined ? (status?.phase ?? 'Pending') : 'Terminating';
}
