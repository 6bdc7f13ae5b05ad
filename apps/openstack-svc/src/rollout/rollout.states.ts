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
      heartbeat: { sign: 'a service or stage that gets on', everySeconds: hour },
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
      held: {
        unblocks: 'what progress names: a Job or pod that succeeds at last, or a spec that is put right',
        abort: 'change the OpenStackDeployment back; what an upgrade step has closed stays as it is',
      },
      meaning: 'something needs an operator; what can be tried again is tried on',
      to: ['APPLYING', 'APPLIED'],
      deletable: true,
    },
  },
};

export const rolloutMachine: Machine<OpenStackDeploymentStatus> = {
  table: rolloutTable,
  stateOf: ({ status }) => status?.osdpl?.state ?? 'APPLYING',
  heardAt: ({ status }) => {
    const services = Object.values(status?.services ?? {});
    const moves = services.flatMap(({ timestamp, tasks = [] }) => [timestamp, ...tasks.map((task) => task.start_time)]);
    const times = moves.flatMap((move) => (move === undefined ? [] : [Date.parse(move)]));
    return times.length === 0 ? undefined : Math.max(...times);
  },
};
