import { itemHash } from '@keelson/agent';
import { failedAttempt } from '../lcmclusterstate/lcmclusterstate.status.js';
import { internalIpOf, isDisabled } from '../membership.js';
import { heartbeatOf } from './lcmmachine.heartbeat.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';

/** What does not get on: a silent agent, one that is not the release's, an item that fails, or a drain that failed; undefined when all goes its way. */
export function troubleOf(world: LcmMachineWorld): { readonly reason: string; readonly message: string } | undefined {
  const { machine, lease, now, owner } = world;
  if (internalIpOf(machine) === undefined || (owner !== undefined && isDisabled(owner))) return undefined;
  const heartbeat = heartbeatOf(machine.metadata.name, lease, now);
  if (!heartbeat.heard) return { reason: 'AgentSilent', message: heartbeat.message };
  const agent = agentFailureOf(world);
  if (agent !== undefined) return { reason: 'AgentUpdateFailing', message: agent };
  const message = failureOf(world);
  if (message !== undefined) return { reason: 'ItemFailing', message };
  const undrained = drainFailureOf(world);
  return undrained === undefined ? undefined : { reason: 'DrainFailing', message: undrained };
}

/** A drain for maintenance or for a deletion is its operator's: they are told by the Machine. */
function drainFailureOf({ drain }: LcmMachineWorld): string | undefined {
  return drain?.reason === 'upgrade' ? failedAttempt(drain.state) : undefined;
}

/** An agent that cannot go over to that of the release begins none of its items. */
function agentFailureOf({ machine: { spec, status } }: LcmMachineWorld): string | undefined {
  const { error, attempt = 1 } = status?.lcmAgentUpgradeStatus ?? {};
  const wanted = spec.agentConfig?.version;
  if (error === undefined || wanted === undefined || wanted === status?.agentVersion) return undefined;
  return `the agent stays at version ${status?.agentVersion ?? 'unknown'} instead of ${wanted}, try ${attempt}: ${error}`;
}

function failureOf({ machine }: LcmMachineWorld): string | undefined {
  for (const item of machine.spec.stateItems ?? []) {
    const status = machine.status?.stateItemStatuses?.[item.name];
    if (status === undefined || (status.exitCode ?? 0) === 0 || status.hash !== itemHash(item)) continue;
    return `item ${item.name} failed on try ${status.attempt ?? 1} with code ${status.exitCode ?? 1}: ${status.message ?? 'no message'}`;
  }
  return undefined;
}
