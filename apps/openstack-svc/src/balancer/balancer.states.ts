import { type DRBConfig, DRBConfigKind, type DrbState, drbStates } from '@keelson/api';
import type { Machine, StateTable } from '@keelson/reconcile';

const minute = 60;
const others = (state: DrbState): readonly DrbState[] => drbStates.filter((other) => other !== state);
const abort = 'delete the DRBConfig, or set its actuator to noop: what is on its way ends where nova brings it';

/** How the balancing of instances stands. */
export const balancerTable: StateTable<DrbState> = {
  kind: DRBConfigKind.kind,
  initial: 'Watching',
  states: {
    Watching: {
      rest: true,
      meaning: 'the load of the hosts is looked at every reconcileInterval, and nothing has to move',
      to: others('Watching'),
      deletable: true,
    },
    Migrating: {
      meaning: 'instances are on their way to hosts with less load',
      to: others('Migrating'),
      deletable: true,
      deadlineSeconds: 60 * minute,
      onDeadline: 'waits on: a live migration that exceeds migration_timeout is called off and counts as failed',
      heartbeat: { sign: 'a look at the instances', everySeconds: 10 * minute },
      waitsFor: 'nova, which moves them',
      abort,
    },
    Paused: {
      rest: true,
      meaning: 'nothing is moved: the cloud is being changed, upgraded or worked on, or a node of it is lost',
      to: others('Paused'),
      deletable: true,
    },
    Unknown: {
      meaning: 'the load of the hosts cannot be read, so nothing is moved',
      to: others('Unknown'),
      deletable: true,
      deadlineSeconds: 60 * minute,
      onDeadline: 'waits on: whoever tells the load must answer again',
      heartbeat: { sign: 'a try to read it', everySeconds: 10 * minute },
      waitsFor: 'nova or StackLight',
      abort,
    },
    Refused: {
      rest: true,
      meaning: 'the spec names what is not known here, or hosts of another DRBConfig: it must be changed',
      to: others('Refused'),
      deletable: true,
    },
  },
};

export const balancerMachine: Machine<DRBConfig> = {
  table: balancerTable,
  stateOf: ({ status }) => status?.state ?? 'Watching',
};
