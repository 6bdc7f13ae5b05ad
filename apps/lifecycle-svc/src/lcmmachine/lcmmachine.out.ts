import { type LCMMachine, type NodeWorkloadLock, type ObjectKey, annotations } from '@keelson/api';
import { type Outcome, type Plan, settled, waitingOn } from '@keelson/reconcile';
import type { MaintenanceAsked } from '../child/child-clusters.js';
import { clusterNameOf } from '../membership.js';
import { instanceNameOf } from '../names.js';
import type { LcmMachineWorld, OutReason } from './lcmmachine.observe.js';
import { lcmMachineTable, lcmStateOf } from './lcmmachine.states.js';
import type { LcmMachineStep } from './lcmmachine.steps.js';

/** How a node is taken out of use for a while and put back: request, locks, drain; uncordon, request withdrawn. */

/** What an operator's maintenance of a machine asks: the host may be switched off. */
export const operatorsMaintenance: MaintenanceAsked = { scope: 'os' };

/** Nothing is left to do here: the Machine says what comes next, unless the state is one of rest anyway. */
export function machineNext({ machine }: LcmMachineWorld, reason: string, message: string): Outcome {
  if (lcmMachineTable.states[lcmStateOf(machine)].rest === true) return settled;
  return waitingOn({ kind: 'Machine', ...keyOf(machine) }, reason, message);
}

/**
 * What is left to do until the node is out of use: ask for it, wait for the locks of workloads whoever made them, drain.
 * Undefined once it is. Source: reference/mosk-api/maintenance-and-updates.md, sequences A and B.
 */
export function planOut(
  world: LcmMachineWorld,
  reason: OutReason,
  asked: MaintenanceAsked,
): Plan<LcmMachineStep> | undefined {
  const { machine, child, node } = world;
  if (!child.contact.answers) return { steps: [], outcome: silentOutcome(world, 'taken out of use') };
  if (child.protocol === undefined)
    return {
      steps: [],
      outcome: waitingOn(apiOf(machine), 'ProtocolUnread', 'the locks of workloads are being read', 2),
    };
  if (node === undefined)
    return {
      steps: [],
      outcome: waitingOn({ kind: 'Machine', ...keyOf(machine) }, 'NodeMissing', 'it is no node of its cluster', 10),
    };
  const { name } = node.metadata;
  const request = child.protocol.nodeRequest(name)?.spec;
  if (request?.scope !== asked.scope || request.release !== asked.release)
    return {
      steps: [{ type: 'request-maintenance', cluster: clusterOf(machine), node: name, asked }],
      outcome: waitingOn(
        { kind: 'NodeMaintenanceRequest', name },
        'Requested',
        `the workloads on node ${name} are asked to make room`,
        1,
      ),
    };
  const other = otherControlOut(world, name);
  if (other !== undefined) return { steps: [], outcome: other };
  if (mayPassOver(machine)) return undefined;
  const held = world.drain === undefined ? lockedOutcome(world, name) : undefined;
  return held === undefined ? planDrain(world, reason) : { steps: [], outcome: held };
}

/**
 * Members of a control plane are out of use one at a time. A watch shows what was written in order: whoever sees his own
 * request sees every earlier one, so the earliest goes, whatever caches showed to those who asked.
 */
function otherControlOut({ part, drain, child, control, machine }: LcmMachineWorld, own: string): Outcome | undefined {
  if (part !== 'control' || drain !== undefined) return undefined;
  const mine = versionOf(child.protocol?.nodeRequest(own));
  const earlier = control.find(({ machine: other }) => {
    const node = instanceNameOf(other);
    return node !== own && versionOf(child.protocol?.nodeRequest(node)) < mine;
  });
  return earlier === undefined
    ? undefined
    : waitingOn(
        { kind: 'Machine', namespace: machine.metadata.namespace, name: earlier.machine.metadata.name },
        'OneByOne',
        `members of the control plane are out of use one at a time; now it is ${earlier.machine.metadata.name}`,
        5,
      );
}

function versionOf(request: { metadata: { resourceVersion?: string } } | undefined): number {
  return request === undefined ? Infinity : Number(request.metadata.resourceVersion ?? 0);
}

/** The way back: the node takes pods again, then the request is withdrawn. Undefined when nothing of it is left. */
export function planBack(world: LcmMachineWorld): Plan<LcmMachineStep> | undefined {
  const { machine, child, node, drain } = world;
  const name = node?.metadata.name;
  const request = name === undefined ? undefined : child.protocol?.nodeRequest(name);
  if (drain === undefined && request === undefined) return undefined;
  if (!child.contact.answers) return { steps: [], outcome: silentOutcome(world, 'put back into use') };
  const uncordon = planUncordon(world);
  if (uncordon !== undefined) return uncordon;
  return {
    steps: [
      ...(name === undefined
        ? []
        : [{ type: 'withdraw-maintenance', cluster: clusterOf(machine), node: name } as const]),
      ...forgetDrain(world),
    ],
    outcome: waitingOn(
      { kind: 'NodeMaintenanceRequest', name: name ?? machine.metadata.name },
      'Returning',
      'the node is back in use: the request for its maintenance is withdrawn',
      1,
    ),
    why: 'the node is back in use',
  };
}

/** Who holds the node; undefined when every lock is absent or inactive. */
export function lockedOutcome(
  { locks }: Pick<LcmMachineWorld, 'locks'>,
  node: string,
  advice = '',
): Outcome | undefined {
  const holding = locks.filter(isHolding);
  const lock = holding.find((one) => one.status?.state === 'failed') ?? holding[0];
  if (lock === undefined) return undefined;
  const failed = lock.status?.state === 'failed';
  const others = holding.length === 1 ? '' : ` (${holding.length} locks hold the node)`;
  return waitingOn(
    { kind: 'NodeWorkloadLock', name: lock.metadata.name },
    failed ? 'WorkloadLockFailed' : 'WorkloadLocked',
    failed
      ? `${lock.spec.controllerName} could not release its lock on node ${node} and needs an operator${said(lock)}${others}${advice}`
      : `${lock.spec.controllerName} has not released its lock on node ${node}${said(lock)}${others}; delete the lock, or set it inactive, to let the node go${advice}`,
    30,
  );
}

export function isHolding(lock: { status?: { state?: string } }): boolean {
  return lock.status?.state !== 'inactive';
}

/** What a lock's controller says of it. */
export function said({ status }: Pick<NodeWorkloadLock, 'status'>): string {
  const { errorMessage, inactivationProgress: { description, percentage } = {} } = status ?? {};
  if (errorMessage !== undefined && errorMessage !== '') return `: ${errorMessage}`;
  if (description === undefined && percentage === undefined) return '';
  return `: ${description ?? 'in work'}${percentage === undefined ? '' : `, ${percentage} %`}`;
}

/** Undefined once the node is drained. */
export function planDrain(world: LcmMachineWorld, reason: OutReason, advice = ''): Plan<LcmMachineStep> | undefined {
  const { machine, drain } = world;
  if (drain === undefined || drain.state.spec.value !== 'true' || drain.reason !== reason)
    return {
      steps: [{ type: 'ask-drain', machine, value: 'true', reason }],
      outcome: waitingOn(drainOf(machine), 'Draining', 'its node is to be drained'),
      why: 'every workload lock is released',
    };
  if (drain.state.status?.value === 'true') return undefined;
  const { progress, message } = drain.state.status ?? {};
  return {
    steps: [],
    outcome: waitingOn(
      drainOf(machine),
      progress?.reason ?? 'Draining',
      `${message ?? 'its node is being drained'}${message?.endsWith(advice) === true ? '' : advice}`,
    ),
  };
}

/** Undefined once the node takes pods, or was never drained. */
export function planUncordon({ machine, drain }: LcmMachineWorld): Plan<LcmMachineStep> | undefined {
  if (drain === undefined || (drain.state.spec.value === 'false' && drain.state.status?.value === 'false'))
    return undefined;
  return {
    steps:
      drain.state.spec.value === 'false' ? [] : [{ type: 'ask-drain', machine, value: 'false', reason: drain.reason }],
    outcome: waitingOn(
      drainOf(machine),
      'Uncordoning',
      drain.state.status?.message ?? 'its node is to take pods again',
    ),
  };
}

export function forgetDrain({ machine, drain }: LcmMachineWorld): LcmMachineStep[] {
  return drain === undefined ? [] : [{ type: 'forget-drain', machine }];
}

export function silentOutcome({ machine, child }: LcmMachineWorld, what: string, advice = ''): Outcome {
  const why = child.contact.answers ? '' : child.contact.why;
  return waitingOn(
    apiOf(machine),
    'APISilent',
    `the node cannot be ${what}: the API of the cluster does not answer: ${why}${advice}`,
    5,
  );
}

/** An operator's word to go on without locks and drain. Source: reference/mosk-api/lifecycle.md, LCMMachine. */
export function mayPassOver(machine: LCMMachine): boolean {
  const word = machine.metadata.annotations?.[annotations.skipMaintenance];
  return word !== undefined && word !== 'false';
}

export function clusterOf(machine: LCMMachine): ObjectKey {
  return { namespace: machine.metadata.namespace, name: clusterNameOf(machine) ?? machine.spec.clusterName ?? '' };
}

function apiOf(machine: LCMMachine) {
  const { namespace, name } = clusterOf(machine);
  return { kind: 'KubernetesAPI', name: `${namespace ?? ''}/${name}` };
}

function keyOf({ metadata }: LCMMachine): ObjectKey {
  return { namespace: metadata.namespace, name: metadata.name };
}

function drainOf(machine: LCMMachine) {
  return { kind: 'LCMClusterState', namespace: machine.metadata.namespace, name: drainNameOf(machine.metadata.name) };
}

/** `cd-<machine>`, at most 63 characters. Source: reference/mosk-api/lifecycle.md, LCMClusterState. */
export function drainNameOf(machine: string): string {
  return `cd-${machine}`.slice(0, 63);
}
