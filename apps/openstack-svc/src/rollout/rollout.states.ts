import { type OpenStackDeploymentStatus, OpenStackDeploymentStatusKind, type OsdplState } from '@keelson/api';
import type { Machine, StateTable } from '@keelson/reconcile';

const hour = 3600;

/** How the apply of a cloud stands. */
export const rolloutTable: StateTable<OsdplState> = {
  kind: OpenStackDeploymentStatusKind.kind,
  initial: 'APPLYING',
  states: {
    APPLYING: {
      meaning: 'services are applied, upgraded or removed',
      to: ['APPLIED', 'FAILED'],
      deletable: true,
      deadlineSeconds: 12 * hour,
      onDeadline: 'keeps going and names the service that does not get on',
      heartbeat: { sign: 'a change of a workload of the cloud', everySeconds: hour },
      waitsFor: 'the workload or Job named in progress',
      abort:
        'change the OpenStackDeployment back; steps of an upgrade that close the way back are told before they run',
    },
    APPLIED: {
      rest: true,
      meaning: 'all services are what the OpenStackDeployment says',
      to: ['APPLYING', 'FAILED'],
      deletable: true,
    },
    FAILED: {
      rest: true,
      meaning: 'something needs an operator; what can be tried again is tried on',
      to: ['APPLYING', 'APPLIED'],
      deletable: true,
    },
  },
};

export const rolloutMachine: Machine<OpenStackDeploymentStatus> = {
  table: rolloutTable,
  stateOf: ({ status }) => status?.osdpl?.state ?? 'APPLYING',
};
