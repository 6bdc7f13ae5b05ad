import type { IpamHost } from '@keelson/api';
import type { StateTable } from '@keelson/reconcile';

export type IpamHostState = 'Pending' | 'Rendered' | 'Accepted' | 'Failed' | 'Terminating';

const heartbeat = { sign: 'looks of baremetal-svc', everySeconds: 300 };

/** The life of a machine's network. */
export const ipamHostStates: StateTable<IpamHostState> = {
  kind: 'IpamHost',
  initial: 'Pending',
  states: {
    Pending: {
      meaning: 'Addresses are being given out.',
      to: ['Rendered', 'Accepted', 'Failed', 'Terminating'],
      deadlineSeconds: 300,
      onDeadline: 'It is tried on, and the reason stands in the status.',
      heartbeat,
      waitsFor: 'the IPaddrs',
      abort: 'Delete the Machine.',
    },
    Rendered: {
      meaning:
        'A new network is rendered and waits for an operator to allow it; the accepted one, if any, stays in force.',
      to: ['Accepted', 'Pending', 'Failed', 'Terminating'],
      rest: true,
    },
    Accepted: {
      meaning: 'The rendered network is in force.',
      to: ['Rendered', 'Pending', 'Failed', 'Terminating'],
      rest: true,
    },
    Failed: {
      meaning: 'No network can be rendered; the reason says why. It goes on by itself once that is cured.',
      to: ['Pending', 'Rendered', 'Accepted', 'Terminating'],
      rest: true,
    },
    Terminating: {
      meaning: 'The addresses are being freed.',
      to: [],
      deletable: true,
      deadlineSeconds: 600,
      onDeadline: 'It is tried on.',
      heartbeat,
      waitsFor: 'the IPaddrs',
      abort: 'Deletion cannot be taken back; the network is made anew with the next Machine.',
    },
  },
};

/** The state an IpamHost is in by its status. */
export function ipamHostStateOf({ metadata, status }: IpamHost): IpamHostState {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (status?.ipAllocationResult?.startsWith('ERR') === true || status?.l2RenderResult?.startsWith('ERR') === true)
    return 'Failed';
  if (status?.l2RenderResult !== 'OK') return 'Pending';
  return status.netconfigCandidate === undefined ? 'Accepted' : 'Rendered';
}
