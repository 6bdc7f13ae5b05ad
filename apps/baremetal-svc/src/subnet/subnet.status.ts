import type { SubnetStatus } from '@keelson/api';
import type { Announcement, PlanResult } from '@keelson/reconcile';
import { formatRange } from '../addresses/addresses.js';
import { bookKept } from '../addresses/bookkeeping.js';
import { capacityOf } from '../addresses/pool.js';
import type { SubnetWorld } from './subnet.observe.js';
import { subnetProblem } from './subnet.plan.js';
import type { SubnetStep } from './subnet.steps.js';

/** What can be given out, what is, and from where. */
export function subnetStatus(world: SubnetWorld, result: PlanResult<SubnetStep>): SubnetStatus | undefined {
  if (result.done.some((step) => step.type === 'release')) return undefined;
  const { subnet, pool, addresses } = world;
  const { cidr, gateway, nameservers } = subnet.spec;
  const allocatedIPs = addresses
    .flatMap(({ status, metadata }) =>
      status?.address === undefined ? [] : [`${status.address}:${metadata.uid ?? ''}`],
    )
    .toSorted();
  const capacity = pool.type === 'good' ? capacityOf(pool) : 0;
  const status = {
    cidr,
    ...(gateway === undefined ? {} : { gateway }),
    ...(nameservers === undefined ? {} : { nameservers }),
    ranges: pool.type === 'good' ? pool.ranges.map(formatRange) : [],
    statusMessage: messageOf(world, result),
    allocatedIPs,
    capacity,
    allocatable: Math.max(0, capacity - allocatedIPs.length),
  };
  return bookKept(subnet.status, status, result.now);
}

function messageOf(world: SubnetWorld, { outcome }: PlanResult<SubnetStep>): string {
  if (world.subnet.metadata.deletionTimestamp !== undefined)
    return `TERM: ${outcome.type === 'waiting' ? outcome.message : 'the Subnet goes'}`;
  const problem = subnetProblem(world);
  return problem === undefined ? 'OK' : `ERR: ${problem.message}`;
}

export function subnetEvents(world: SubnetWorld, { outcome }: PlanResult<SubnetStep>): readonly Announcement[] {
  const problem = subnetProblem(world);
  if (problem !== undefined) return [{ type: 'Warning', ...problem }];
  return outcome.type === 'waiting' ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message }] : [];
}
