import { apiVersionOf } from '@keelson/api';
import { backoffSeconds, isFailure, messageOf, sleep } from '@keelson/std';
import {
  type AgentMachine,
  AgentMachineKind,
  type AgentStatus,
  type StateItemStatus,
  agentFieldManager,
} from './machine.js';
import type { AgentOptions } from './options.js';
import type { Trying } from './self-update.js';

/** What an agent knows while it runs. */
export interface AgentState {
  machine: AgentMachine | undefined;
  /** Our own part of the status: newer than the one in `machine` while a write is on its way. */
  status: AgentStatus | undefined;
  /** Successes that the API has not heard of yet. A process that dies forgets them, and those items run again. */
  held: { readonly phase: string | undefined; readonly since: number } | undefined;
  /** Earliest next try of an item that failed, by item hash. */
  readonly retryAt: Map<string, number>;
  /** When this process last told the host to reboot, milliseconds since the epoch. */
  rebootAskedAt: number;
  /** The version that this process goes over to, and when it may try next. */
  replacing: Trying | undefined;
}

/** The first state of the object gives our part of the status; later our own knowledge is the newer one. */
export function adopt(state: AgentState, machine: AgentMachine | undefined): void {
  const isOther = machine?.metadata.uid !== state.machine?.metadata.uid;
  state.machine = machine;
  if (machine === undefined || isOther) state.held = undefined;
  if (machine === undefined) state.status = undefined;
  else if (state.status === undefined || isOther) state.status = ownPart(machine.status);
}

function ownPart(status: AgentStatus | undefined): AgentStatus {
  return {
    stateItemStatuses: { ...status?.stateItemStatuses },
    ...(status?.addresses === undefined ? {} : { addresses: status.addresses }),
    ...(status?.agentVersion === undefined ? {} : { agentVersion: status.agentVersion }),
    ...(status?.lcmAgentUpgradeStatus === undefined ? {} : { lcmAgentUpgradeStatus: status.lcmAgentUpgradeStatus }),
    ...(status?.hostInfo === undefined ? {} : { hostInfo: status.hostInfo }),
    ...(status?.reboot === undefined ? {} : { reboot: status.reboot }),
  };
}

/** Statuses of items that are no longer wanted leave with the next write. */
export function stillWanted(state: AgentState, running: string): Record<string, StateItemStatus> {
  const wanted = new Set([running, ...(state.machine?.spec?.stateItems ?? []).map((item) => item.name)]);
  return Object.fromEntries(Object.entries(state.status?.stateItemStatuses ?? {}).filter(([name]) => wanted.has(name)));
}

const writeBackoff = { firstSeconds: 1, maxSeconds: 60, factor: 2 };

/**
 * Applies our part of the status until it stands. The object may be gone meanwhile: then there is nobody to tell. A
 * forced apply takes our own fields only; nobody else writes them.
 */
export async function write(options: AgentOptions, state: AgentState, signal: AbortSignal): Promise<void> {
  const { config, api, clock, random, log } = options;
  for (let attempt = 1; !signal.aborted && state.machine !== undefined; attempt += 1) {
    try {
      await api.apply(
        {
          apiVersion: apiVersionOf(AgentMachineKind),
          kind: AgentMachineKind.kind,
          metadata: { name: config.machine, namespace: config.namespace, ...uidOf(state.machine) },
          status: { ...state.status },
        } satisfies AgentMachine,
        { fieldManager: agentFieldManager, subresource: 'status', force: true },
      );
      state.held = undefined;
      return;
    } catch (error) {
      if (attempt === 1) log.warn(`the status could not be written yet: ${messageOf(error)}`);
      const wanted = isFailure(error) ? error.retryAfterSeconds : undefined;
      const seconds = Math.max(wanted ?? 0, backoffSeconds(writeBackoff, attempt, random));
      await sleep(clock, seconds * 1000, signal).catch(() => undefined);
    }
  }
}

/** With the uid, an apply cannot bring back an object that was deleted meanwhile, nor reach its successor. */
function uidOf(machine: AgentMachine): { uid?: string } {
  return machine.metadata.uid === undefined ? {} : { uid: machine.metadata.uid };
}
