import type { MachineState } from '@keelson/api';
import { internalIpOf, isDisabled, isLeaving, providerSpecOf } from '../membership.js';
import { awaitsProvisioning, isProvisioned } from './machine.host.js';
import { isNodeProven } from './machine.node.js';
import type { MachineWorld } from './machine.observe.js';
import type { MachinePhase } from './machine.states.js';

/** What `status.phase` shows. */
export function phaseIn(world: MachineWorld): MachinePhase {
  return isLeaving(world.machine) ? 'Deleting' : (stateIn(world) ?? 'Pending');
}

/** The state of the reference; undefined once a leaving machine has no LCMMachine any more. */
export function stateIn(world: MachineWorld): MachineState | undefined {
  const { machine, host, lcmMachine } = world;
  if (isLeaving(machine) && lcmMachine === undefined) return undefined;
  if (isDisabled(machine)) return 'Disabled';
  if (host === undefined) return 'Pending';
  if (!isProvisioned(host)) return awaitsProvisioning(world) ? 'AwaitsProvisioning' : 'Provision';
  if (lcmMachine === undefined || internalIpOf(lcmMachine) === undefined) return 'Uninitialized';
  const isHeld =
    (lcmMachine.spec.stateItems ?? []).length === 0 &&
    (providerSpecOf(machine).day1Deployment ?? 'manual') === 'manual';
  if (isHeld) return 'AwaitsDeployment';
  const state = lcmMachine.status?.state ?? 'Uninitialized';
  return state === 'Ready' ? onceProven(world) : state;
}

/** A machine waits in these for what comes after its items: that its node is Ready. */
const lasting: ReadonlySet<string> = new Set(['Deploy', 'Reconfigure', 'Upgrade', 'Reboot'] satisfies MachineState[]);

/**
 * Done items make a machine Ready only with fresh evidence of its Ready node; until then it stays in the state it shows, whose
 * deadline goes on. One that was Ready stays so by the reference when the evidence goes: `ready` and its conditions fall.
 */
function onceProven(world: MachineWorld): MachineState {
  const shown = world.machine.status?.providerStatus?.status;
  if (shown === 'Ready' || isNodeProven(world)) return 'Ready';
  return shown !== undefined && lasting.has(shown) ? shown : 'Deploy';
}
