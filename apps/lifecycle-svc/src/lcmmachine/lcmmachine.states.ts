import { type LCMMachine, LCMMachineKind, type LCMMachineState, LeaseKind, keyOf } from '@keelson/api';
import { lifecycleNews } from '@keelson/contracts';
import type { Machine as StateMachine, StateTable } from '@keelson/reconcile';
import { internalIpOf } from '../membership.js';
import { lastHeard } from './lcmmachine.heartbeat.js';
import { isDeployed, itemsOf, ucpVersionOf, undone } from './lcmmachine.items.js';

const hour = 3600;
const beat = { sign: "the agent's Lease", everySeconds: 120 } as const;
const abort = 'delete the Machine; what is on its host is lost';

/** What an agent has done and what it has to do next. */
export const lcmMachineTable: StateTable<LCMMachineState> = {
  kind: LCMMachineKind.kind,
  initial: 'Uninitialized',
  states: {
    Uninitialized: {
      meaning: 'its agent has not reported yet',
      to: ['Pending', 'Prepare', 'Deploy', 'Reconfigure', 'Ready'],
      deletable: true,
      deadlineSeconds: 4 * hour,
      onDeadline: 'keeps waiting; the Machine says how far its host is',
      heartbeat: { sign: 'the state of the BareMetalHost', everySeconds: hour },
      waitsFor: 'the first report of the agent',
      abort,
    },
    Pending: {
      meaning: 'its agent has reported; no items are given to it yet',
      to: ['Prepare', 'Deploy', 'Reconfigure', 'Ready'],
      deletable: true,
      deadlineSeconds: 24 * hour,
      onDeadline:
        'keeps waiting and names what holds it: day1Deployment of the Machine, or a place among the workers that prepare',
      heartbeat: beat,
      waitsFor: 'day1Deployment: auto on its Machine, or a place in Prepare',
      abort,
    },
    Prepare: {
      meaning: 'its prepare items run, or are done and it waits for its turn to deploy',
      to: ['Deploy', 'Reconfigure', 'Upgrade', 'Reboot', 'Ready', 'Pending'],
      deletable: true,
      deadlineSeconds: 8 * hour,
      onDeadline: 'keeps going and names the item that fails or the machine whose turn it is',
      heartbeat: beat,
      waitsFor: 'its agent, then the machines before it',
      abort,
    },
    Deploy: {
      meaning: 'its deploy items run: it becomes a node of its cluster',
      to: ['Prepare', 'Reconfigure', 'Upgrade', 'Reboot', 'Ready'],
      deletable: true,
      deadlineSeconds: 2 * hour,
      onDeadline: 'keeps going and names the item that fails',
      heartbeat: beat,
      waitsFor: 'its agent',
      abort,
    },
    Reconfigure: {
      meaning: 'its reconfigure items run',
      to: ['Prepare', 'Deploy', 'Upgrade', 'Reboot', 'Ready'],
      deletable: true,
      deadlineSeconds: 2 * hour,
      onDeadline: 'keeps going and names the item that fails',
      heartbeat: beat,
      waitsFor: 'its agent',
      abort,
    },
    Upgrade: {
      meaning: 'another version of the Kubernetes distribution is wanted than the one it runs',
      to: ['Prepare', 'Deploy', 'Reconfigure', 'Reboot', 'Ready'],
      deletable: true,
      deadlineSeconds: 2 * hour,
      onDeadline: 'keeps going and names the item that fails',
      heartbeat: beat,
      waitsFor: 'its agent',
      abort,
    },
    Reboot: {
      meaning: 'its host is asked to restart',
      to: ['Prepare', 'Deploy', 'Reconfigure', 'Upgrade', 'Ready'],
      deletable: true,
      deadlineSeconds: hour,
      onDeadline: 'keeps waiting and says that the host has not come back',
      heartbeat: { sign: "the agent's Lease", everySeconds: 1800 },
      waitsFor: 'its agent, after the boot',
      abort: 'unset rebootRequired; a restart under way cannot be taken back',
    },
    Ready: {
      rest: true,
      meaning: 'all items are done',
      to: ['Prepare', 'Deploy', 'Reconfigure', 'Upgrade', 'Reboot'],
      deletable: true,
    },
  },
};

/**
 * The state by what is wanted and what is done: the first rule that holds. Source: reference/mosk-api/lifecycle.md, "How
 * the state is computed". A release whose items name no `ucp_tag` has no version to compare, which the reference does not foresee.
 */
export function lcmStateOf(machine: LCMMachine): LCMMachineState {
  const known = stateOf.get(machine);
  if (known !== undefined) return known;
  const state = freshStateOf(machine);
  if (Object.isFrozen(machine)) stateOf.set(machine, state);
  return state;
}

/** Objects from caches never change, and a cluster's plan asks this of every machine at every look. */
const stateOf = new WeakMap<LCMMachine, LCMMachineState>();

function freshStateOf(machine: LCMMachine): LCMMachineState {
  const { spec, status } = machine;
  const items = spec.stateItems ?? [];
  if (internalIpOf(machine) === undefined) return 'Uninitialized';
  if (spec.type === 'bastion') return 'Ready';
  if (items.length === 0) return 'Pending';
  if (items.length === itemsOf(items, 'prepare').length || undone(machine, 'prepare').length > 0) return 'Prepare';
  if (undone(machine, 'deploy').length > 0) return 'Deploy';
  if (undone(machine, 'reconfigure').length > 0) return 'Reconfigure';
  if (spec.rebootRequired === true && status?.reboot?.completed !== true) return 'Reboot';
  return versionState(machine) ?? 'Ready';
}

function versionState(machine: LCMMachine): 'Upgrade' | undefined {
  const wanted = machine.spec.components?.ucpVersion;
  const current = ucpVersionInUse(machine);
  return machine.spec.lcmType !== 'ucp' || wanted === undefined || current === undefined || wanted === current
    ? undefined
    : 'Upgrade';
}

/** The version that the deploy items have installed. */
export function ucpVersionInUse(machine: LCMMachine): string | undefined {
  return isDeployed(machine)
    ? ucpVersionOf(itemsOf(machine.spec.stateItems, 'deploy'))
    : machine.status?.components?.ucpVersion;
}

export const lcmMachineMachine: StateMachine<LCMMachine> = {
  table: lcmMachineTable,
  stateOf: (machine) => machine.status?.state ?? lcmMachineTable.initial,
  heardAt: (machine, reader) => lastHeard(reader.get(LeaseKind, keyOf(machine))),
  news: {
    Prepare: lifecycleNews.lcmmachine.registered,
    Deploy: lifecycleNews.lcmmachine.prepared,
    Reconfigure: lifecycleNews.lcmmachine.deployed,
    Ready: lifecycleNews.lcmmachine.ready,
  },
};
