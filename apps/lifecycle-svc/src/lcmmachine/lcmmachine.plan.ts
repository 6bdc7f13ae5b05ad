import type { ItemPhase } from '@keelson/api';
import { type Outcome, type Plan, progressing, settled, settledFor, waitingOn } from '@keelson/reconcile';
import { equalJson } from '@keelson/std';
import { isDisabled } from '../membership.js';
import { planDeletion, planReturn } from './lcmmachine.deletion.js';
import { secondsUntilMissed } from './lcmmachine.heartbeat.js';
import { ucpVersionOf, undone } from './lcmmachine.items.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
import { machineNext, operatorsMaintenance, planBack, planOut } from './lcmmachine.out.js';
import { upgradeStagesOf } from './lcmmachine.stages.js';
import { lcmStateOf } from './lcmmachine.states.js';
import type { LcmMachineStep } from './lcmmachine.steps.js';
import { troubleOf } from './lcmmachine.trouble.js';
import {
  isInUpdate,
  isOutdated,
  planProof,
  planRebootBegin,
  planRebootEnd,
  planRebootReady,
  planUpdateOut,
  updateTurn,
} from './lcmmachine.update.js';
import { agentOf, preparingItems, wantedItems } from './lcmmachine.wanted.js';
import { whyItems } from './lcmmachine.why.js';

/** Gives the agent its items phase by phase and follows what it makes of them; on the way out drains the node. */
export function planLcmMachine(world: LcmMachineWorld): Plan<LcmMachineStep> {
  const { machine } = world;
  if (machine.metadata.deletionTimestamp !== undefined) return { steps: [], outcome: settled };
  const plan = planWork(world);
  const stages = upgradeStagesOf(world);
  return stages === undefined ? plan : { ...plan, steps: [...plan.steps, { type: 'tell-stages', machine, stages }] };
}

function planWork(world: LcmMachineWorld): Plan<LcmMachineStep> {
  const { machine } = world;
  if (machine.spec.prepareDeletion === true) return planDeletion(world);
  const back = planReturn(world);
  if (back !== undefined) return back;
  if (machine.spec.maintenance === true) return planMaintenance(world);
  return isInUpdate(world) ? planUpdate(world) : (planBack(world) ?? planItems(world));
}

/**
 * The host is prepared while its node is still in use, so that the node is out of use no longer than it must be; then it is taken
 * out of use, gets the other items of the new release, and must show what they made of it. Source: the order of
 * LCMMachineUpgradeStatus in reference/mosk-api/lifecycle.md (sequence A of the same reference names no order of its own).
 */
function planUpdate(world: LcmMachineWorld): Plan<LcmMachineStep> {
  const out = planPrepare(world) ?? planUpdateOut(world);
  if (out !== undefined) return out;
  const reboots = updateTurn(world)?.reboots === true;
  const before = reboots && isOutdated(world) ? planRebootReady(world) : undefined;
  return before ?? planRebootEnd(world) ?? planRebootBegin(world) ?? planProof(world) ?? planItems(world, reboots);
}

/** Undefined once the host is prepared for the release: downloads, packages, and the agent that goes with it. */
function planPrepare(world: LcmMachineWorld): Plan<LcmMachineStep> | undefined {
  const { machine } = world;
  if (!isOutdated(world)) return undefined;
  const { items, agent, held } = preparingItems(world);
  if (held !== undefined) return { steps: [], outcome: held };
  const isGiven =
    equalJson(items, machine.spec.stateItems ?? []) &&
    (agent === undefined || equalJson(agent, machine.spec.agentConfig));
  if (!isGiven)
    return {
      steps: [
        {
          type: 'give-items',
          key: { namespace: machine.metadata.namespace, name: machine.metadata.name },
          items,
          more: agent === undefined ? {} : { agentConfig: agent },
        },
      ],
      outcome: progressing('its host is prepared for the release while its node is in use'),
      why: 'its turn to be updated has come: its host is prepared first',
    };
  return undone(machine, 'prepare').length === 0 && troubleOf(world)?.reason !== 'AgentUpdateFailing'
    ? undefined
    : { steps: [], outcome: outcomeOf(world, undefined), ...whyOf(world) };
}

/** Until the node is out of use; then nothing is done to it: what its items depend on may change meanwhile. */
function planMaintenance(world: LcmMachineWorld): Plan<LcmMachineStep> {
  return (
    planOut(world, 'maintenance', operatorsMaintenance) ?? {
      steps: [],
      outcome: machineNext(world, 'Maintenance', 'its node is out of use until the maintenance of its Machine ends'),
      why: 'its node is out of use: it is in maintenance',
    }
  );
}

function planItems(world: LcmMachineWorld, reboots = false): Plan<LcmMachineStep> {
  const { machine } = world;
  const wanted = wantedItems(world);
  const { release, agent } = wanted;
  const isAsWanted =
    equalJson(wanted.items, machine.spec.stateItems ?? []) &&
    (release ?? machine.spec.release) === machine.spec.release;
  if (isAsWanted) return { steps: [], outcome: outcomeOf(world, wanted.held), ...whyOf(world) };
  const ucpVersion = ucpVersionOf(wanted.items);
  const key = { namespace: machine.metadata.namespace, name: machine.metadata.name };
  return {
    steps: [
      {
        type: 'give-items',
        key,
        items: wanted.items,
        more: {
          ...(ucpVersion === undefined ? {} : { components: { ucpVersion } }),
          ...(release === undefined ? {} : { release }),
          ...(agent === undefined ? {} : { agentConfig: agent }),
          ...(reboots && release !== undefined && release !== machine.spec.release ? { rebootRequired: true } : {}),
        },
      },
    ],
    outcome: progressing('items are given to the agent'),
    why: `${wanted.items.length} items are given to the agent`,
  };
}

function outcomeOf(world: LcmMachineWorld, held: Outcome | undefined): Outcome {
  const trouble = troubleOf(world);
  if (trouble !== undefined) return waitingOn(agentOf(world), trouble.reason, trouble.message, 30);
  if (held !== undefined) return held;
  const state = lcmStateOf(world.machine);
  if (world.owner !== undefined && isDisabled(world.owner))
    return machineNext(world, 'Disabled', 'its Machine is disabled: set disable to false to go on');
  const untilMissed = secondsUntilMissed(world.lease, world.now);
  if (state === 'Ready') return settledFor(untilMissed);
  if (state === 'Reboot')
    return waitingOn(agentOf(world), 'Rebooting', 'waits until the host has restarted and its agent reports');
  return waitingOn(agentOf(world), 'ItemsRunning', runningText(world), untilMissed);
}

/** Still while the agent goes from item to item: which one it is at, its own part of the status says. */
function runningText({ machine }: LcmMachineWorld): string {
  const phase = (['prepare', 'deploy', 'reconfigure'] satisfies ItemPhase[]).find(
    (one) => undone(machine, one).length > 0,
  );
  return `the agent carries out the ${phase ?? 'last'} items`;
}

/** Why another state is shown than so far. */
function whyOf({ machine }: LcmMachineWorld): { why?: string } {
  const to = lcmStateOf(machine);
  return machine.status?.state === to ? {} : { why: whyItems(machine.status?.state, to) };
}
