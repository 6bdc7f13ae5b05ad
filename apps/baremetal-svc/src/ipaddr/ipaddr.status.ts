import type { IPaddr } from '@keelson/api';
import type { Announcement, PlanResult } from '@keelson/reconcile';
import { parseNetwork } from '../addresses/addresses.js';
import { bookKept } from '../addresses/bookkeeping.js';
import type { IpaddrWorld } from './ipaddr.observe.js';
import { planIpaddr } from './ipaddr.plan.js';
import type { IpaddrStep } from './ipaddr.steps.js';

type Status = NonNullable<IPaddr['status']>;

export function ipaddrStatus(world: IpaddrWorld, result: PlanResult<IpaddrStep>): Status | undefined {
  if (result.done.some((step) => step.type === 'release')) return undefined;
  const { address } = world;
  const status = partsOf(world);
  return bookKept(address.status, status, result.now);
}

function partsOf(world: IpaddrWorld): Status {
  const { address } = world;
  const given = address.status?.address;
  if (address.metadata.deletionTimestamp !== undefined)
    return { ...(given === undefined ? {} : networkOf(world, given)), phase: 'Terminating' };
  const plan = planIpaddr(world);
  if (plan.gives !== undefined) return { phase: 'Active', ...networkOf(world, plan.gives) };
  return plan.fails === undefined ? {} : { phase: 'Failed', reason: plan.fails.message };
}

function networkOf({ subnet, address }: IpaddrWorld, given: string): Status {
  const before = address.status;
  const network = subnet === undefined ? undefined : parseNetwork(subnet.spec.cidr);
  const cidr = network === undefined ? before?.cidr : `${given}/${network.prefixLength}`;
  const gateway = subnet?.spec.gateway ?? before?.gateway;
  const nameservers = subnet?.spec.nameservers ?? before?.nameservers;
  return {
    address: given,
    ...(cidr === undefined ? {} : { cidr }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(nameservers === undefined ? {} : { nameservers }),
    ...(address.spec.mac === undefined ? {} : { mac: address.spec.mac }),
  };
}

export function ipaddrEvents(world: IpaddrWorld): readonly Announcement[] {
  const { fails } = planIpaddr(world);
  return fails === undefined ? [] : [{ type: 'Warning', ...fails }];
}
