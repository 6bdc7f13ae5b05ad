import { finalizers } from '@keelson/api';
import { type Plan, blockedBy, settled, waitingOn } from '@keelson/reconcile';
import { doOverlap } from '../addresses/addresses.js';
import { claimOf, mayGive } from '../addresses/pool.js';
import { refOf } from '../inventory/inventory.plan.js';
import type { SubnetWorld } from './subnet.observe.js';
import type { SubnetStep } from './subnet.steps.js';

/** A Subnet is held while addresses are given out from it. */
export function planSubnet(world: SubnetWorld): Plan<SubnetStep> {
  const { subnet, addresses } = world;
  const self = refOf('Subnet', subnet);
  const isHeld = subnet.metadata.finalizers?.includes(finalizers.ipam) === true;
  if (subnet.metadata.deletionTimestamp !== undefined) {
    const [first] = addresses;
    if (first === undefined)
      return { steps: isHeld ? [{ type: 'release', subnet, finalizer: finalizers.ipam }] : [], outcome: settled };
    const message = `${addresses.length} addresses are given out from this Subnet, the first is IPaddr ${first.metadata.name}. It goes when they are free: delete the Machines that use them.`;
    return { steps: [], outcome: waitingOn(refOf('IPaddr', first), 'SubnetInUse', message) };
  }
  const steps: SubnetStep[] = isHeld ? [] : [{ type: 'hold', subnet, finalizer: finalizers.ipam }];
  const problem = subnetProblem(world);
  return { steps, outcome: problem === undefined ? settled : blockedBy(self, problem.reason, problem.message) };
}

/** What is wrong with a Subnet, with the cure; undefined when addresses may be given out from it. */
export function subnetProblem({
  subnet,
  pool,
  elders,
  addresses,
}: SubnetWorld): { reason: string; message: string } | undefined {
  if (pool.type === 'bad') return { reason: 'SubnetInvalid', message: `${pool.problem}. Correct the Subnet.` };
  const rival = elders.find((elder) => elder.pool.type === 'good' && doOverlap(elder.pool.network, pool.network));
  if (rival !== undefined) {
    const message = `spec.cidr ${subnet.spec.cidr} overlaps with ${rival.cidr} of Subnet ${rival.name} of the same cluster. Give one of them another network.`;
    return { reason: 'SubnetOverlaps', message };
  }
  const stray = addresses.find(
    (address) => address.status?.phase === 'Active' && !mayGive(pool, claimOf(address) ?? ''),
  );
  if (stray === undefined) return undefined;
  return {
    reason: 'SubnetShrunk',
    message: `${claimOf(stray) ?? ''} of IPaddr ${stray.metadata.name} is given out and no longer lies in the ranges of the Subnet. Widen the ranges again.`,
  };
}
