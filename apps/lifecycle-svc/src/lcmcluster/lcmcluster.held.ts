import { type NodeWorkloadLock, workloadControllers } from '@keelson/api';
import type { MachineState, ScheduledMachine } from '@keelson/scheduler';
import { isHolding, mayPassOver } from '../lcmmachine/lcmmachine.out.js';
import { instanceNameOf } from '../names.js';
import type { LcmClusterWorld, LcmMember } from './lcmcluster.observe.js';

/**
 * Locks of nodes by others than the product's own controllers. One that nobody has ever written a status of is made by hand:
 * its node is left alone until it goes. One that has a status may have a controller, which by the protocol releases it when it
 * is asked: that is done last.
 */

export type Hold = NonNullable<ScheduledMachine['heldBy']> & { readonly isAnswered: boolean };

/** Who else holds the node of a machine; undefined when nobody does, or when an operator has said to pass over locks. */
export function holdOf(
  { child }: Pick<LcmClusterWorld, 'child'>,
  { machine, lcmMachine }: LcmMember,
): Hold | undefined {
  if (mayPassOver(lcmMachine)) return undefined;
  const foreign = (child.protocol?.nodeLocks(instanceNameOf(machine)) ?? []).filter(
    (one) => isHolding(one) && !workloadControllers.has(one.spec.controllerName),
  );
  const lock = foreign.find((one) => !isAnswered(one)) ?? foreign[0];
  if (lock === undefined) return undefined;
  const { name } = lock.metadata;
  const then = isAnswered(lock)
    ? 'its holder is asked when no other machine of the group is left'
    : 'delete the lock, or set it inactive, to let the node go';
  return {
    lock: name,
    message: `${machine.metadata.name} is held by lock ${name} of ${lock.spec.controllerName}; ${then}`,
    isAnswered: isAnswered(lock),
  };
}

function isAnswered({ status }: NodeWorkloadLock): boolean {
  return status?.state !== undefined;
}

/** Workers that get no turn now because of such a lock, by name. */
export function heldWorkers(
  world: LcmClusterWorld,
  workers: readonly { readonly member: LcmMember; readonly group: string; readonly state: MachineState }[],
): ReadonlyMap<string, Hold> {
  const holds = workers.map((worker) => ({ ...worker, hold: holdOf(world, worker.member) }));
  const isAhead = ({ state, hold }: (typeof holds)[number]): boolean =>
    state === 'running' || state === 'failed' || (state === 'waiting' && hold === undefined);
  const ahead = new Set(holds.filter(isAhead).map(({ group }) => group));
  return new Map(
    holds.flatMap(({ member, group, hold }) =>
      hold === undefined || (hold.isAnswered && !ahead.has(group)) ? [] : [[member.machine.metadata.name, hold]],
    ),
  );
}
