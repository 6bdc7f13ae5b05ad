import type { Machine } from '@keelson/api';
import { type Outcome, blockedBy, waitingOn } from '@keelson/reconcile';
import { byAge, hasLeft, isHealthy, isLeaving, isMaintenanceAsked, named } from '../membership.js';
import { isReleased } from '../lcmmachine/lcmmachine.items.js';
import type { Member } from '../lcmmachine/lcmmachine.observe.js';

/**
 * What keeps a member of the control plane from leaving gracefully: etcd must keep a majority of ready members, and
 * members leave one after the other. Undefined when nothing does.
 */
export function quorumProblem(machine: Machine, control: readonly Member[]): Outcome | undefined {
  const self = control.find((member) => member.machine.metadata.uid === machine.metadata.uid);
  if (!isReleased(self?.lcmMachine)) return undefined;
  const others = control.filter(
    (member) => member !== self && isReleased(member.lcmMachine) && !hasLeft(member.machine),
  );
  const { namespace, name } = machine.metadata;
  if (others.length === 0) {
    return blockedBy(
      { kind: 'Machine', namespace, name },
      'LastControlPlane',
      `${name} is the last member of the control plane: delete the Cluster first, or set spec.providerSpec.value.deletionPolicy to unsafe to give the cluster up`,
    );
  }
  const before = others.find(
    (member) =>
      isLeaving(member.machine) &&
      (member.lcmMachine?.spec.prepareDeletion === true || byAge(member.machine, machine) < 0),
  );
  if (before !== undefined)
    return waitingOn(
      { kind: 'Machine', namespace, name: before.machine.metadata.name },
      'OneByOne',
      `members of the control plane leave one by one; ${before.machine.metadata.name} goes first`,
      10,
    );
  const healthy = others.filter((member) => isHealthy(member.machine));
  const needed = Math.floor(others.length / 2) + 1;
  if (healthy.length >= needed) return undefined;
  const broken = others.filter((member) => !healthy.includes(member)).map((member) => member.machine);
  return waitingOn(
    { kind: 'Machine', namespace, name: broken[0]?.metadata.name ?? name },
    'QuorumAtRisk',
    `without ${name} the control plane would have ${healthy.length} ready members of ${others.length}, and etcd needs ${needed}; not ready: ${named(broken)}. Cure them, or set spec.providerSpec.value.deletionPolicy to unsafe`,
    30,
  );
}

/**
 * What keeps a member of the control plane from being out of use for a while: another is, or without it too few would be
 * ready. Undefined for workers, and when nothing does.
 */
export function awayProblem(machine: Machine, control: readonly Member[]): Outcome | undefined {
  const self = control.find((member) => member.machine.metadata.uid === machine.metadata.uid);
  if (!isReleased(self?.lcmMachine)) return undefined;
  const { namespace } = machine.metadata;
  const members = control.filter((member) => isReleased(member.lcmMachine) && !hasLeft(member.machine));
  const others = members.filter((member) => member !== self);
  const away = others.find(
    ({ machine: other, lcmMachine }) =>
      lcmMachine?.spec.maintenance === true ||
      lcmMachine?.status?.maintenance === true ||
      (isMaintenanceAsked(other) && byAge(other, machine) < 0),
  );
  if (away !== undefined)
    return waitingOn(
      { kind: 'Machine', namespace, name: away.machine.metadata.name },
      'OneByOne',
      `members of the control plane are out of use one at a time; now it is ${away.machine.metadata.name}`,
      10,
    );
  const healthy = others.filter((member) => isHealthy(member.machine));
  const needed = Math.floor(members.length / 2) + 1;
  if (healthy.length >= needed || others.length === 0) return undefined;
  const broken = others.filter((member) => !healthy.includes(member)).map((member) => member.machine);
  return waitingOn(
    { kind: 'Machine', namespace, name: broken[0]?.metadata.name ?? machine.metadata.name },
    'QuorumAtRisk',
    `without ${machine.metadata.name} the control plane would have ${healthy.length} ready members of ${members.length}, and etcd needs ${needed}${broken.length === 0 ? '' : `; not ready: ${named(broken)}`}`,
    30,
  );
}
