import { type Machine, MachineKind, type MachineState } from '@keelson/api';
import { lifecycleNews } from '@keelson/contracts';
import type { Machine as StateMachine, StateTable } from '@keelson/reconcile';

/** What `status.phase` shows: the state of the reference, and Deleting on the way out. */
export type MachinePhase = MachineState | 'Deleting';

const hour = 3600;
const host = { sign: 'the state of the BareMetalHost', everySeconds: hour } as const;
const agent = { sign: "the agent's Lease", everySeconds: 120 } as const;
const abort = 'delete the Machine; its host is wiped and given back';
/** Where its LCMMachine may take it. */
const following = [
  'Pending',
  'Prepare',
  'Deploy',
  'Reconfigure',
  'Upgrade',
  'Reboot',
  'Ready',
  'AwaitsDeployment',
  'Uninitialized',
  'Disabled',
  'Deleting',
] as const satisfies MachinePhase[];
const except = (...left: readonly MachinePhase[]): MachinePhase[] => following.filter((state) => !left.includes(state));
const lcm = (meaning: string, self: MachinePhase, hours: number) => ({
  meaning,
  to: except(self),
  deletable: true,
  deadlineSeconds: hours * hour,
  onDeadline: 'keeps going and names what does not get on',
  heartbeat: agent,
  waitsFor: 'its LCMMachine',
  abort,
});

/** The life of a Machine as an operator sees it. Source: reference/mosk-api/state-machines.md, "Machine". */
export const machineTable: StateTable<MachinePhase> = {
  kind: MachineKind.kind,
  initial: 'Pending',
  states: {
    Pending: {
      meaning: 'waits for a free host that its selector matches, or, with its agent heard, for its first items',
      to: [...except('Pending'), 'AwaitsProvisioning', 'Provision'],
      deletable: true,
      deadlineSeconds: 24 * hour,
      onDeadline: 'keeps waiting and names the selector, or who has the host',
      heartbeat: { sign: 'a host that becomes available', everySeconds: 24 * hour },
      waitsFor: 'a BareMetalHost',
      abort: 'delete the Machine; nothing is lost',
    },
    AwaitsProvisioning: {
      rest: true,
      meaning: 'stops before its operating system is installed until day1Provisioning is auto',
      to: ['Provision', 'Disabled', 'Deleting', 'Uninitialized'],
      deletable: true,
      held: {
        unblocks: 'day1Provisioning: auto on the Machine',
        abort: 'delete the Machine: nothing is installed yet',
      },
    },
    Provision: {
      meaning: 'its host gets its network and its operating system',
      to: [...following, 'AwaitsProvisioning'],
      deletable: true,
      deadlineSeconds: 4 * hour,
      onDeadline: 'keeps waiting and says what the host or its network lacks',
      heartbeat: host,
      waitsFor: 'its IpamHost, then its BareMetalHost',
      abort,
    },
    Uninitialized: {
      meaning: 'its host runs; its agent has not reported yet',
      to: [...except('Uninitialized'), 'Provision'],
      deletable: true,
      deadlineSeconds: hour,
      onDeadline: 'keeps waiting: the agent cannot reach the management API, or does not run',
      heartbeat: host,
      waitsFor: 'the first report of its agent',
      abort,
    },
    AwaitsDeployment: {
      rest: true,
      meaning: 'stops before Kubernetes is installed until day1Deployment is auto',
      to: [...except('AwaitsDeployment'), 'Provision'],
      deletable: true,
      held: { unblocks: 'day1Deployment: auto on the Machine', abort: 'delete the Machine: its host is wiped' },
    },
    Prepare: {
      ...lcm('its prepare items run, or it waits for its turn', 'Prepare', 8),
      to: [...except('Prepare'), 'Provision'],
    },
    Deploy: { ...lcm('it becomes a node of its cluster', 'Deploy', 2), to: [...except('Deploy'), 'Provision'] },
    Reconfigure: { ...lcm('its reconfigure items run', 'Reconfigure', 2), to: [...except('Reconfigure'), 'Provision'] },
    Upgrade: {
      ...lcm('it gets another version of the Kubernetes distribution', 'Upgrade', 2),
      to: [...except('Upgrade'), 'Provision'],
    },
    Reboot: { ...lcm('its host restarts', 'Reboot', 1), to: [...except('Reboot'), 'Provision'] },
    Ready: {
      rest: true,
      meaning: 'all that was asked of it is done; `ready` says whether it works now',
      to: [...except('Ready'), 'Provision'],
      deletable: true,
      held: {
        unblocks: 'what its message names: its maintenance, its deletion, or what holds that up',
        abort: 'take back what was asked of the Machine',
      },
    },
    Disabled: {
      rest: true,
      meaning: 'a worker taken out of the life of its cluster',
      to: [...except('Disabled'), 'Provision', 'AwaitsProvisioning'],
      deletable: true,
    },
    Deleting: {
      meaning: 'its node leaves the cluster, then its host is wiped and given back',
      to: [...except('Deleting'), 'Provision', 'AwaitsProvisioning'],
      deletable: true,
      deadlineSeconds: 4 * hour,
      onDeadline: 'keeps going and names the blocker; a relaxed deletionPolicy lets go of it',
      heartbeat: host,
      waitsFor: 'the drain of its node, then its BareMetalHost',
      abort:
        'unset spec.providerSpec.value.delete while prepareDeletionPhase is started; a deleted Machine cannot be taken back',
    },
  },
};

export const machineMachine: StateMachine<Machine> = {
  table: machineTable,
  stateOf: (machine) => phaseOf(machine) ?? machineTable.initial,
  news: {
    Provision: lifecycleNews.machine.bound,
    Uninitialized: lifecycleNews.machine.provisioned,
    Reconfigure: lifecycleNews.machine.deployed,
    Ready: lifecycleNews.machine.ready,
    Disabled: lifecycleNews.machine.disabled,
  },
};

function phaseOf({ status }: Machine): MachinePhase | undefined {
  const phase = status?.phase;
  return phase !== undefined && isPhase(phase) ? phase : undefined;
}

function isPhase(text: string): text is MachinePhase {
  return Object.hasOwn(machineTable.states, text);
}
