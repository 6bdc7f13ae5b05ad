import { itemHash } from '@keelson/agent';
import { internalIpOf, isDisabled } from '../membership.js';
import { heartbeatOf } from './lcmmachine.heartbeat.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';

/** What does not get on: a silent agent or an item that fails; undefined when all goes its way. */
export function troubleOf(world: LcmMachineWorld): { readonly reason: string; readonly message: string } | undefined {
  const { machine, lease, now, owner } = world;
  if (internalIpOf(machine) === undefined || (owner !== undefined && isDisabled(owner))) return undefined;
  const heartbeat = heartbeatOf(machine.metadata.name, lease, now);
  if (!heartbeat.heard) return { reason: 'AgentSilent', message: heartbeat.message };
  const message = failureOf(world);
  return message === undefined ? undefined : { reason: 'ItemFailing', message };
}

function failureOf({ machine }: LcmMachineWorld): string | undefined {
  for (const item of machine.spec.stateItems ?? []) {
    const status = machine.status?.stateItemStatuses?.[item.name];
    if (status === undefined || (status.exitCode ?? 0) === 0 || status.hash !== itemHash(item)) continue;
    return `item ${item.name} failed on try ${status.attempt ?? 1} with code ${status.exitCode ?? 1}: ${status.message ?? 'no message'}`;
  }
  return undefined;
}
