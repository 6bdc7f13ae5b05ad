import {
  type LCMCluster,
  type LCMMachine,
  type Machine,
  MachineKind,
  type Node,
  type UpdateGroup,
  keyOf,
} from '@keelson/api';
import { type Outcome, type Plan, progressing, waitingOn } from '@keelson/reconcile';
import {
  type BlockReason,
  type Expectations,
  type GroupBudget,
  type MachineState,
  type ScheduledMachine,
  type Wait,
  decide,
  nodeBudgets,
  roomBudgets,
  nodeTraits,
} from '@keelson/scheduler';
import type { MaintenanceAsked } from '../child/child-clusters.js';
import { byAge, isDisabled, isHealthy, isLeaving, named, orderOf, partOf, providerSpecOf } from '../membership.js';
import { isReleased } from '../lcmmachine/lcmmachine.items.js';
import { isRebootAsked } from '../lcmmachine/lcmmachine.update.js';
import { lcmStateOf } from '../lcmmachine/lcmmachine.states.js';
import { instanceNameOf } from '../names.js';
import {
  controlGroupOf,
  controlStep,
  defaultGroupOf,
  groupNameOf,
  planNameOf,
  workersStepOf,
} from '../update/update.names.js';
import { ordersOf } from '../update/update.orders.js';
import { type Hold, heldWorkers, holdOf } from './lcmcluster.held.js';
import { planReady } from './lcmcluster.maintenance.js';
import { expectationsFrom, unknownSeconds } from './lcmcluster.past.js';
import type { LcmClusterWorld, LcmMember } from './lcmcluster.observe.js';
import { controlPlaneDown } from './lcmcluster.silent.js';
import type { LcmClusterStep } from './lcmcluster.steps.js';
import { type UpdateTurn, updateTurnsOf } from './lcmcluster.turn.js';

/**
 * The update of the Kubernetes layer: the workloads of the cluster are made ready, then machines get their turns, the
 * control plane one by one, then workers by update group. Source: reference/mosk-api/maintenance-and-updates.md, sequence A,
 * steps 3 and 8 to 14.
 */
export function planUpdate(world: LcmClusterWorld): Plan<LcmClusterStep> | undefined {
  const turns = updateTurnsOf(world.lcmCluster);
  if (turns.length === 0 && !isOutdated(world)) return undefined;
  // What runs goes on whatever locks of the cluster come meanwhile; nothing further begins.
  const waiting = turns.length > 0 ? undefined : planReady(world, askedOf(world));
  if (waiting !== undefined) return waiting;
  const kept = turns.filter((turn) => isRunning(world, turn));
  const started = startable(world, kept);
  const next = [...kept, ...started.turns];
  const changes = next.length !== turns.length || started.turns.length > 0;
  if (changes)
    return {
      steps: [
        {
          type: 'hand-update-turns',
          key: keyOf(world.lcmCluster),
          resourceVersion: world.lcmCluster.metadata.resourceVersion ?? '',
          turns: next,
        },
      ],
      outcome: progressing(
        next.length === 0
          ? 'the machines whose turn it was are done'
          : `it is the turn of ${named(next.map(({ machine }) => machine))}`,
      ),
    };
  return { steps: [], outcome: outcomeOf(world, kept, started.waits) };
}

/** True while a machine that is a node runs another release than the cluster should. */
export function isOutdated(world: LcmClusterWorld): boolean {
  return membersOf(world).some((member) => !isCurrent(world, member.lcmMachine));
}

/** True from the moment the update is asked for until the last machine is back in use. */
export function isUpdating(world: LcmClusterWorld): boolean {
  return updateTurnsOf(world.lcmCluster).length > 0 || isOutdated(world);
}

function askedOf({ lcmCluster }: LcmClusterWorld): MaintenanceAsked {
  return { scope: 'os', ...(lcmCluster.spec.release === undefined ? {} : { release: lcmCluster.spec.release }) };
}

/** Machines that are nodes and stay so. */
export function membersOf({ members }: LcmClusterWorld): readonly LcmMember[] {
  return members.filter(
    ({ machine, lcmMachine }) => isReleased(lcmMachine) && !isLeaving(machine) && !isDisabled(machine),
  );
}

/** On the release that the cluster should be on, and without a restart that is asked for. */
function isCurrent({ lcmCluster }: LcmClusterWorld, lcmMachine: LCMMachine): boolean {
  if (isRebootAsked(lcmMachine)) return false;
  return lcmMachine.spec.release === undefined || lcmMachine.spec.release === lcmCluster.spec.release;
}

/** A turn lasts until the machine has done everything, shows it, and its node is back in use. */
function isRunning(world: LcmClusterWorld, { machine, uid }: UpdateTurn): boolean {
  const member = membersOf(world).find(
    (one) => one.machine.metadata.name === machine && one.machine.metadata.uid === uid,
  );
  return member !== undefined && !isDone(world, member);
}

/** On the release, shown so, and back in use. */
export function isDone(world: LcmClusterWorld, { machine, lcmMachine }: LcmMember): boolean {
  const { release } = world.lcmCluster.spec;
  return (
    isCurrent(world, lcmMachine) &&
    lcmStateOf(lcmMachine) === 'Ready' &&
    lcmMachine.status?.release === release &&
    world.child.contact.answers &&
    world.child.protocol !== undefined &&
    world.child.protocol.nodeRequest(instanceNameOf(machine)) === undefined
  );
}

interface Startable {
  readonly turns: readonly UpdateTurn[];
  readonly waits: readonly Wait[];
}

function startable(world: LcmClusterWorld, kept: readonly UpdateTurn[]): Startable {
  const control = membersOf(world).filter(({ machine }) => partOf(machine) === 'control');
  const isControlLeft = control.some(
    (member) => !isCurrent(world, member.lcmMachine) || kept.some(({ uid }) => uid === member.machine.metadata.uid),
  );
  return isControlLeft ? nextControl(world, control, kept) : nextWorkers(world, kept);
}

/** One by one, and only while the others keep etcd's majority and the API answers. */
function nextControl(world: LcmClusterWorld, control: readonly LcmMember[], kept: readonly UpdateTurn[]): Startable {
  if (kept.length > 0) return { turns: [], waits: [] };
  const held = heldBy(world, controlStep);
  const left = control.filter(({ lcmMachine }) => !isCurrent(world, lcmMachine)).sort(inOrder);
  const next = left.find((member) => holdOf(world, member) === undefined) ?? left[0];
  if (next === undefined) return { turns: [], waits: [] };
  const { name } = next.machine.metadata;
  const wait = (message: string, by: readonly string[], reason: BlockReason): Startable => ({
    turns: [],
    waits: [{ machine: name, blocker: { reason, by, message } }],
  });
  if (held !== undefined) return wait(`the control plane is not updated: ${held}`, [controlStep], 'GroupHeld');
  const hold = holdOf(world, next);
  if (hold?.isAnswered === false) return wait(hold.message, [hold.lock], 'HeldByLock');
  const broken = control.filter((member) => member !== next && !isNodeReady(world, member));
  if (broken.length > 0)
    return wait(
      `${name} is updated when the other members of the control plane are ready; not ready: ${named(broken.map(({ machine }) => machine))}`,
      broken.map(({ machine }) => machine.metadata.name),
      'Quorum',
    );
  return { turns: [turnFor(world, next, controlGroupIn(world))], waits: [] };
}

function nextWorkers(world: LcmClusterWorld, kept: readonly UpdateTurn[]): Startable {
  const workers = membersOf(world).filter(({ machine }) => partOf(machine) === 'worker');
  const groupByName = new Map(
    workers.map(({ machine }) => [machine.metadata.name, groupNameOf(machine, world.lcmCluster.metadata.name)]),
  );
  const expectations = expectationsFrom(world.pastUpdates, (name) => groupByName.get(name) ?? '');
  const standing = workers.map((member) => ({
    member,
    group: groupByName.get(member.machine.metadata.name) ?? '',
    state: stateOf(world, member, kept),
  }));
  const held = heldWorkers(world, standing);
  const machines = standing.map(({ member, state }) =>
    scheduled(world, member, { state, expectations, hold: held.get(member.machine.metadata.name) }),
  );
  const { start, waits } = decide(machines, {
    groups: groupsOf(world),
    ...nodeBudgets(machines),
    ...roomBudgets(machines),
  });
  const byName = new Map(workers.map((member) => [member.machine.metadata.name, member]));
  return {
    turns: start.flatMap((name) => {
      const member = byName.get(name);
      return member === undefined
        ? []
        : [turnFor(world, member, groupOf(world, groupNameOf(member.machine, world.lcmCluster.metadata.name)))];
    }),
    waits,
  };
}

function scheduled(
  world: LcmClusterWorld,
  member: LcmMember,
  { state, expectations, hold }: { state: MachineState; expectations: Expectations; hold: Hold | undefined },
): ScheduledMachine {
  const { machine } = member;
  const group = groupNameOf(machine, world.lcmCluster.metadata.name);
  const order = orderOf(machine);
  return {
    name: machine.metadata.name,
    group,
    state,
    expectedSeconds: expectations.secondsOf(machine.metadata.name, group, unknownSeconds),
    ...(state === 'done' && !isHealthy(machine) ? { isAway: true } : {}),
    ...nodeTraits(machine.metadata.name, labelsOf(world, machine)),
    ...roomOf(world, machine),
    ...(hold === undefined ? {} : { heldBy: hold }),
    ...(order === undefined ? {} : { order }),
  };
}

/** Labels of its node; what the Machine asks for where the node cannot be seen. */
function labelsOf({ child }: LcmClusterWorld, machine: Machine): Readonly<Record<string, string>> {
  const asked = providerSpecOf(machine).nodeLabels ?? [];
  return (
    child.nodes.get(instanceNameOf(machine))?.metadata.labels ??
    Object.fromEntries(asked.map(({ key, value }) => [key, value ?? '']))
  );
}

/** Instances of a zone can move to any other hypervisor of it. Absent on nodes without any, and while nothing is known. */
function roomOf({ rooms }: LcmClusterWorld, machine: Machine): Pick<ScheduledMachine, 'instances'> {
  if (rooms === undefined || 'lacks' in rooms) return {};
  const host = rooms.hosts.get(instanceNameOf(machine));
  if (host === undefined) return {};
  return { instances: { pool: host.zone, capacity: host.usedMiB + host.freeMiB, load: host.usedMiB } };
}

function stateOf(
  world: LcmClusterWorld,
  { machine, lcmMachine }: LcmMember,
  kept: readonly UpdateTurn[],
): MachineState {
  const hasTurn = kept.some(({ uid }) => uid === machine.metadata.uid);
  if (hasTurn) return lcmMachine.status?.lcmOperationStuck === true ? 'failed' : 'running';
  if (isCurrent(world, lcmMachine)) return 'done';
  return isHealthy(machine) ? 'waiting' : 'down';
}

function groupOf({ groups }: LcmClusterWorld, name: string): UpdateGroup | undefined {
  return groups.find((group) => group.metadata.name === name);
}

function controlGroupIn(world: LcmClusterWorld): UpdateGroup | undefined {
  return groupOf(world, controlGroupOf(world.lcmCluster.metadata.name));
}

/** The groups there are; the default one counts by maxWorkerUpgradeCount until somebody has made it. */
function groupsOf(world: LcmClusterWorld): readonly GroupBudget[] {
  const { lcmCluster, groups } = world;
  const byDefault = defaultGroupOf(lcmCluster.metadata.name);
  const made = groups.map(({ metadata: { name }, spec }) => budget(world, name, spec.index, spec.concurrentUpdates));
  return groupOf(world, byDefault) === undefined
    ? [...made, budget(world, byDefault, 1, lcmCluster.spec.maxWorkerUpgradeCount ?? 1)]
    : made;
}

function budget(world: LcmClusterWorld, name: string, index: number, concurrent: number): GroupBudget {
  const held = heldBy(world, workersStepOf(name));
  return { name, index, concurrent, ...(held === undefined ? {} : { held }) };
}

/**
 * Why nothing further of a step may begin. release-svc says by the plan of the update which steps may, and in which order: by its
 * orders. However the release came to the Cluster, it is by a plan that the owners of the steps before are asked. The management
 * cluster has none, and its steps are all here.
 */
function heldBy({ updatePlan, needsPlan, lcmCluster }: LcmClusterWorld, id: string): string | undefined {
  if (updatePlan === undefined) return needsPlan ? planMissing(lcmCluster) : undefined;
  const step = updatePlan.spec.steps.find((one) => one.id === id);
  if (step === undefined || updatePlan.status?.status === 'Completed') return undefined;
  const of = `step ${id} of ClusterUpdatePlan ${updatePlan.metadata.name}`;
  if (!step.commence) return `${of} is not commenced`;
  const orders = ordersOf(lcmCluster);
  const hold = orders?.target === updatePlan.spec.target ? orders.steps[id] : undefined;
  if (hold === undefined) return `${of} has not begun`;
  return hold === '' ? undefined : `${of} is held: ${hold}`;
}

function planMissing({ metadata, spec: { release = '' } }: LCMCluster): string {
  return `there is no ClusterUpdatePlan ${planNameOf(metadata.name, release)}, by which the owners of OpenStack and Ceph are asked first: release-svc makes it`;
}

function turnFor(
  world: LcmClusterWorld,
  { machine, lcmMachine }: LcmMember,
  group: UpdateGroup | undefined,
): UpdateTurn {
  const { spec } = world.lcmCluster;
  const mayReboot = group?.spec.rebootIfUpdateRequires ?? world.rebootsByDefault;
  const byUpdate = lcmMachine.spec.release !== spec.release && spec.nodesRebootRequired === true;
  return {
    machine: machine.metadata.name,
    uid: machine.metadata.uid ?? '',
    reboots: isRebootAsked(lcmMachine) || (byUpdate && mayReboot),
  };
}

function inOrder(a: LcmMember, b: LcmMember): number {
  const order = ({ machine }: LcmMember): number => orderOf(machine) ?? Infinity;
  return order(a) === order(b) ? byAge(a.machine, b.machine) : order(a) - order(b);
}

function isNodeReady({ child }: LcmClusterWorld, { machine }: LcmMember): boolean {
  const node: Node | undefined = child.nodes.get(instanceNameOf(machine));
  return (
    child.contact.answers &&
    node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  );
}

/** What the update waits for: a machine in work that does not get on, else one in work, else what holds the others. */
function outcomeOf(world: LcmClusterWorld, kept: readonly UpdateTurn[], waits: readonly Wait[]): Outcome {
  const { namespace } = world.lcmCluster.metadata;
  const running = kept.flatMap(({ uid }) => world.members.filter(({ machine }) => machine.metadata.uid === uid));
  const shown = running.find(({ lcmMachine }) => lcmMachine.status?.lcmOperationStuck === true) ?? running[0];
  const isStuck = shown?.lcmMachine.status?.lcmOperationStuck === true;
  const silent = isStuck ? undefined : controlPlaneDown(world, 10);
  if (silent !== undefined) return silent;
  if (shown !== undefined) {
    const progress = shown.lcmMachine.status?.progress;
    return waitingOn(
      { kind: 'LCMMachine', namespace, name: shown.lcmMachine.metadata.name },
      progress?.reason ?? 'Updating',
      `${named(running.map(({ machine }) => machine))} ${running.length === 1 ? 'is' : 'are'} being updated${progress?.message === undefined ? '' : `; ${shown.machine.metadata.name}: ${progress.message}`}${heldText(waits)}`,
      10,
    );
  }
  const left = membersOf(world).filter((member) => !isCurrent(world, member.lcmMachine));
  const down = left
    .filter(({ machine }) => !isHealthy(machine) && !isHeld(world, machine))
    .map(({ machine }) => machine);
  // What holds machines whose turn it is comes first; others wait for these, or for an operator.
  const first = waits.find(({ blocker }) => !consequences.has(blocker.reason));
  if (first === undefined && down[0] !== undefined)
    return waitingOn(
      { kind: MachineKind.kind, namespace, name: down[0].metadata.name },
      'Updating',
      `a machine that is not ready is not taken out of use: cure ${named(down)}`,
      10,
    );
  const shownWait = first ?? waits[0];
  const message = shownWait?.blocker.message ?? `not updated yet: ${named(left.map(({ machine }) => machine))}`;
  return waitingOn(blockerReference(world, shownWait, left), shownWait?.blocker.reason ?? 'Updating', message, 10);
}

/** What is held back while others are at work, so that nobody need wait for the end to hear of it. */
function heldText(waits: readonly Wait[]): string {
  return waits.flatMap(({ blocker }) => (blocker.reason === 'HeldByLock' ? [`; ${blocker.message}`] : [])).join('');
}

/** Reasons that only say that it is not a machine's turn yet. */
const consequences: ReadonlySet<string> = new Set(['GroupHeld', 'PredecessorGroup'] satisfies BlockReason[]);

function isHeld(world: LcmClusterWorld, machine: Machine): boolean {
  const isControl = partOf(machine) === 'control';
  const group = groupNameOf(machine, world.lcmCluster.metadata.name);
  return heldBy(world, isControl ? controlStep : workersStepOf(group)) !== undefined;
}

function blockerReference(world: LcmClusterWorld, wait: Wait | undefined, left: readonly LcmMember[]) {
  const { namespace } = world.lcmCluster.metadata;
  const name = wait?.blocker.by[0] ?? left[0]?.machine.metadata.name ?? '';
  if (wait?.blocker.reason === 'GroupHeld' && (world.updatePlan !== undefined || world.needsPlan))
    return { kind: 'ClusterUpdatePlan', namespace, name: planNameIn(world) };
  if (wait?.blocker.reason === 'HeldByLock') return { kind: 'NodeWorkloadLock', name };
  const isMachine = world.members.some(({ machine }) => machine.metadata.name === name);
  return { kind: isMachine ? 'Machine' : 'UpdateGroup', namespace, name };
}

function planNameIn({ updatePlan, lcmCluster: { metadata, spec } }: LcmClusterWorld): string {
  return updatePlan?.metadata.name ?? planNameOf(metadata.name, spec.release ?? '');
}
