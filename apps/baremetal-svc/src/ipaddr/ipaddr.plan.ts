import { finalizers, type IPaddr, keyOf, type Reference } from '@keelson/api';
import { type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { addressName, canonical, claimOf, freeAddress, mayGive } from '../addresses/pool.js';
import { refOf } from '../inventory/inventory.plan.js';
import { subnetProblem } from '../subnet/subnet.plan.js';
import type { IpaddrWorld } from './ipaddr.observe.js';
import type { IpaddrStep } from './ipaddr.steps.js';

/** How an IPaddr ends up: with its address, or with a reason why not. */
export interface IpaddrPlan extends Plan<IpaddrStep> {
  readonly gives?: string;
  readonly fails?: { readonly reason: string; readonly message: string };
}

/**
 * Claim, look, give: an address is first claimed in the spec, where everybody sees it, and given only when nobody else is
 * seen to claim it. Two that claim at once cannot both miss the other: the later claim was written after the earlier one.
 * IPaddrs that IPAM makes for hosts claim by their very name, which can be made only once.
 */
export function planIpaddr(world: IpaddrWorld): IpaddrPlan {
  const { address, user } = world;
  const isHeld = address.metadata.finalizers?.includes(finalizers.ipam) === true;
  if (address.metadata.deletionTimestamp !== undefined) {
    if (user !== undefined) {
      const message = `IpamHost ${user.metadata.name} uses the address. It is freed when the Machine goes.`;
      return { steps: [], outcome: waitingOn(refOf('IpamHost', user), 'AddressInUse', message) };
    }
    return { steps: isHeld ? [{ type: 'release', address, finalizer: finalizers.ipam }] : [], outcome: settled };
  }
  const hold: IpaddrStep[] = isHeld ? [] : [{ type: 'hold', address, finalizer: finalizers.ipam }];
  if (address.status?.phase === 'Active' && address.status.address !== undefined)
    return { steps: hold, outcome: settled, gives: address.status.address };
  return withHold(hold, planAllocation(world));
}

function withHold(hold: readonly IpaddrStep[], plan: IpaddrPlan): IpaddrPlan {
  return { ...plan, steps: [...hold, ...plan.steps] };
}

function planAllocation(world: IpaddrWorld): IpaddrPlan {
  const { address, subnet, subnetWorld, others } = world;
  if (subnet === undefined || subnetWorld === undefined || subnet.metadata.deletionTimestamp !== undefined) {
    const on = { ...refOf('Subnet', address), name: address.spec.subnetRef };
    return failing(
      on,
      'SubnetNotFound',
      `Subnet ${address.spec.subnetRef} does not exist in this namespace. Create it, or delete the IPaddr.`,
    );
  }
  const on = refOf('Subnet', subnet);
  const problem = subnetProblem(subnetWorld);
  if (problem !== undefined)
    return failing(on, problem.reason, `Subnet ${subnet.metadata.name} gives out no addresses: ${problem.message}`);
  const { pool } = subnetWorld;
  if (pool.type === 'bad') return failing(on, 'SubnetInvalid', pool.problem);
  const wanted = address.spec.wantedAddress;
  if (wanted === undefined) return claiming(world, freeAddress(pool, takenBy(others)));
  if (!mayGive(pool, wanted))
    return failing(
      refOf('IPaddr', address),
      'AddressOutOfRange',
      `${wanted} is none of the addresses that Subnet ${subnet.metadata.name} gives out. Delete the IPaddr, or widen the ranges of the Subnet.`,
    );
  const rival = others.find((other) => claimOf(other) === canonical(wanted));
  // One that had given way claims again first, for everybody to see, and looks once more.
  if (rival === undefined)
    return address.status?.phase === 'Failed'
      ? { steps: [], outcome: progressing() }
      : { steps: [], outcome: settled, gives: wanted };
  return contested(world, rival, freeAddress(pool, takenBy(others)));
}

/** Somebody else claims the same address. Who has it keeps it; else the stronger claim waits and the weaker one gives way. */
function contested(world: IpaddrWorld, rival: IPaddr, free: string | undefined): IpaddrPlan {
  const { address } = world;
  const on = refOf('IPaddr', rival);
  const isGiven = rival.status?.phase === 'Active';
  const message = `${claimOf(rival) ?? ''} is ${isGiven ? 'given to' : 'claimed by'} IPaddr ${rival.metadata.name}. Delete one of them.`;
  if (!isGiven && isStronger(address, rival))
    return { steps: [], outcome: waitingOn(on, 'AddressContested', message, 1) };
  return strengthOf(address) === 0 ? claiming(world, free) : failing(on, 'AddressTaken', message);
}

/** 2: taken by its very name; 1: wanted by whoever made the object; 0: chosen by the controller, which can choose another. */
function strengthOf({ metadata, spec }: IPaddr): 0 | 1 | 2 {
  if (metadata.name === addressName(spec.subnetRef, spec.wantedAddress ?? '')) return 2;
  return metadata.annotations?.[claimAnnotation] === undefined ? 1 : 0;
}

function isStronger(a: IPaddr, b: IPaddr): boolean {
  const [mine, theirs] = [strengthOf(a), strengthOf(b)];
  return mine === theirs ? (a.metadata.uid ?? '') < (b.metadata.uid ?? '') : mine > theirs;
}

/** Says that the wanted address was chosen by the controller, not by whoever made the object. */
export const claimAnnotation = 'keelson.dev/claimed';

function claiming({ address, subnet }: IpaddrWorld, chosen: string | undefined): IpaddrPlan {
  if (chosen === undefined)
    return failing(refOf('Subnet', subnet ?? address), 'SubnetExhausted', exhausted(address.spec.subnetRef));
  return { steps: [{ type: 'claim', key: keyOf(address), address: chosen }], outcome: progressing() };
}

/** The sentence for a Subnet without a free address. */
export function exhausted(subnet: string): string {
  return `Subnet ${subnet} has no free address left. Add a range to its spec.includeRanges, or delete Machines that use it.`;
}

export function takenBy(addresses: readonly IPaddr[]): ReadonlySet<string> {
  return new Set(addresses.flatMap((address) => claimOf(address) ?? []));
}

function failing(on: Reference, reason: string, message: string): IpaddrPlan {
  return { steps: [], outcome: waitingOn(on, reason, message), fails: { reason, message } };
}
