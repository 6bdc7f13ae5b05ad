import type { NodeWorkloadLock } from '@keelson/api';
import { type Outcome, type Plan, progressing, waitingOn } from '@keelson/reconcile';
import { isReleased } from './lcmmachine.items.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
import {
  clusterOf,
  forgetDrain,
  lockedOutcome,
  machineNext,
  planDrain,
  planUncordon,
  silentOutcome,
} from './lcmmachine.out.js';
import type { LcmMachineStep } from './lcmmachine.steps.js';

/** How long a node may take to leave its cluster before that counts as failed. It is tried on after that. */
export const leaveDeadlineSeconds = 3600;

/**
 * Takes the node out of its cluster: announce, wait for the locks of workloads, cordon, evict what runs on it, delete the
 * node. Budgets are honoured: what they forbid is waited for by name.
 */
export function planDeletion(world: LcmMachineWorld): Plan<LcmMachineStep> {
  const { machine, child, node } = world;
  const cluster = clusterOf(machine);
  if (machine.status?.prepareDeletionPhase === 'completed' || isOut(world))
    return {
      steps: forgetDrain(world),
      outcome: machineNext(world, 'OutOfCluster', 'it is no node of its cluster any more, and goes with its Machine'),
    };
  if (!child.contact.answers) return { steps: [], outcome: silentOutcome(world, 'drained', advice(world)) };
  if (node === undefined || child.protocol === undefined) return { steps: [], outcome: progressing() };
  const { name } = node.metadata;
  if (!child.protocol.isLeaving(name))
    return {
      steps: [{ type: 'announce-leaving', cluster, node: name }],
      outcome: waitingOn({ kind: 'NodeDeletionRequest', name }, 'Announced', `node ${name} is to leave its cluster`, 1),
    };
  const held = heldOutcome(world, name);
  if (held !== undefined) return { steps: [], outcome: held };
  const drain = planDrain(world, 'delete', advice(world));
  if (drain !== undefined) return drain;
  return {
    steps: [
      { type: 'delete-node', cluster, node: name },
      { type: 'withdraw-leaving', cluster, node: name },
      ...forgetDrain(world),
    ],
    outcome: progressing(`node ${name} is drained and leaves the cluster`),
  };
}

/** Whose controller says that it takes no part in deletions never lets go of it for one. */
export function takesPart({ spec }: NodeWorkloadLock): boolean {
  return spec.nodeDeletionRequestSupported !== false;
}

/**
 * Who holds the node: first those that answer the announcement, then locks that say nothing of that, as operators' do.
 * Undefined when nobody does. Source: reference/mosk-api/lifecycle.md, Deletion, step 3.
 */
function heldOutcome(world: LcmMachineWorld, node: string): Outcome | undefined {
  const answering = world.locks.filter(({ spec }) => spec.nodeDeletionRequestSupported === true);
  const silent = world.locks.filter(({ spec }) => spec.nodeDeletionRequestSupported === undefined);
  return (
    lockedOutcome({ locks: answering }, node, advice(world)) ??
    lockedOutcome({ locks: silent }, node, `; it does not say that it answers a NodeDeletionRequest${advice(world)}`)
  );
}

/** Takes back what `planDeletion` began: withdraws the announcement and lifts our cordon. */
export function planReturn(world: LcmMachineWorld): Plan<LcmMachineStep> | undefined {
  const { machine, child, node } = world;
  if (!isReturning(world) || node === undefined) return undefined;
  const { name } = node.metadata;
  const withdraw: LcmMachineStep[] =
    child.protocol?.isLeaving(name) === true
      ? [{ type: 'withdraw-leaving', cluster: clusterOf(machine), node: name }]
      : [];
  const uncordon = planUncordon(world);
  if (uncordon !== undefined) return { ...uncordon, steps: [...withdraw, ...uncordon.steps] };
  if (withdraw.length === 0) return undefined;
  return {
    steps: withdraw,
    outcome: waitingOn(
      { kind: 'Node', name },
      'Uncordoning',
      'the deletion was taken back: the node takes pods again',
      1,
    ),
  };
}

/** True while something is left of a deletion that was taken back. */
export function isReturning({ machine, child, node, drain }: LcmMachineWorld): boolean {
  if (machine.spec.prepareDeletion === true || node === undefined) return false;
  return child.protocol?.isLeaving(node.metadata.name) === true || drain?.reason === 'delete';
}

/** True when the node is no part of the cluster: it never was, or the cluster's own API says so. */
export function isOut({ machine, child, node }: LcmMachineWorld): boolean {
  return !isReleased(machine) || (child.contact.answers && node === undefined);
}

/** Milliseconds since the epoch at which leaving counts as failed; undefined while nobody has asked for it. */
export function leaveDeadline({ owner }: LcmMachineWorld): number | undefined {
  const progress = owner?.status?.progress;
  const since =
    owner?.status?.phase === 'Deleting' && progress?.state === 'Deleting' ? Date.parse(progress.since) : Number.NaN;
  return Number.isNaN(since) ? undefined : since + leaveDeadlineSeconds * 1000;
}

export function isOverdue(world: LcmMachineWorld): boolean {
  const deadline = leaveDeadline(world);
  return deadline !== undefined && world.now > deadline;
}

function advice(world: LcmMachineWorld): string {
  return isOverdue(world)
    ? '. This takes too long: cure it, or relax spec.providerSpec.value.deletionPolicy of the Machine to unsafe'
    : '';
}
