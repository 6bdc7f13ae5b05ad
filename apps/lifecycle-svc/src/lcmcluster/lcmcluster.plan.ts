import { type LCMMachine, type Node, keyOf } from '@keelson/api';
import { type Outcome, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { internalIpOf, byAge, isDisabled, isLeaving, named, partOf } from '../membership.js';
import { isPrepared, isReleased } from '../lcmmachine/lcmmachine.items.js';
import { lcmStateOf } from '../lcmmachine/lcmmachine.states.js';
import { instanceNameOf } from '../names.js';
import { planMaintenance } from './lcmcluster.maintenance.js';
import type { LcmClusterWorld, LcmMember } from './lcmcluster.observe.js';
import { apiSilent } from './lcmcluster.silent.js';
import { upgradeStagesOf } from './lcmcluster.stages.js';
import type { LcmClusterStep } from './lcmcluster.steps.js';
import { isOutdated, planUpdate } from './lcmcluster.update.js';
import { type Turn, turnOf } from './lcmcluster.turn.js';

/**
 * Hands the turn to deploy from one control-plane machine to the next. It passes on only when the holder has done all its
 * items, shows it, and the API answers with its node Ready; so etcd always has its quorum before another member joins.
 */
export function planLcmCluster(world: LcmClusterWorld): Plan<LcmClusterStep> {
  const { lcmCluster } = world;
  if (lcmCluster.metadata.deletionTimestamp !== undefined) return { steps: [], outcome: settled };
  const plan = planWork(world);
  const stages = upgradeStagesOf(world);
  return stages === undefined ? plan : { ...plan, steps: [...plan.steps, { type: 'tell-stages', lcmCluster, stages }] };
}

function planWork(world: LcmClusterWorld): Plan<LcmClusterStep> {
  const turn = planTurn(world);
  return turn.steps.length > 0 ? turn : (planUpdate(world) ?? planMaintenance(world) ?? turn);
}

function planTurn(world: LcmClusterWorld): Plan<LcmClusterStep> {
  const { lcmCluster } = world;
  const turn = turnOf(lcmCluster);
  const holder = holderOf(world, turn);
  const unfinished = holder === undefined ? undefined : unfinishedOf(world, holder);
  if (unfinished !== undefined) return { steps: [], outcome: unfinished, ...whyOf(world) };
  const next = nextOf(world);
  if (next === undefined) return { steps: [], outcome: outcomeOf(world), ...whyOf(world) };
  const held = next.role === 'join' ? (apiSilent(world, 2, joins) ?? beingUpdated(world)) : undefined;
  if (held !== undefined) return { steps: [], outcome: held, ...whyOf(world) };
  return {
    steps: [
      {
        type: 'hand-turn',
        key: keyOf(lcmCluster),
        resourceVersion: lcmCluster.metadata.resourceVersion ?? '',
        turn: next,
      },
    ],
    outcome: progressing(`it is the turn of ${next.machine}`),
    why: `it is the turn of ${next.machine} to ${next.role === 'init' ? 'make the cluster' : 'join the control plane'}`,
  };
}

/** The machine whose turn it is; undefined when it is gone or was made anew. */
function holderOf({ members }: LcmClusterWorld, turn: Turn | undefined): LcmMember | undefined {
  return members.find(({ machine }) => machine.metadata.name === turn?.machine && machine.metadata.uid === turn.uid);
}

const joins = 'the next control-plane machine waits: ';

/** What the holder still has to do; undefined once the turn may pass on. */
function unfinishedOf(world: LcmClusterWorld, { machine, lcmMachine }: LcmMember): Outcome | undefined {
  const { namespace, name } = machine.metadata;
  if (isLeaving(machine) && (!isReleased(lcmMachine) || lcmStateOf(lcmMachine) !== 'Ready')) {
    return waitingOn(
      { kind: 'Machine', namespace, name },
      'Leaving',
      `${name} leaves before it was deployed; the next turn comes when it is gone`,
    );
  }
  if (isLeaving(machine)) return undefined;
  if (!isReleased(lcmMachine) || lcmStateOf(lcmMachine) !== 'Ready') {
    const stuck = lcmMachine.status?.lcmOperationStuckMessage;
    return waitingOn(
      { kind: 'LCMMachine', namespace, name },
      'Deploying',
      stuck === undefined ? `${name} is being deployed` : `${name} is being deployed and does not get on: ${stuck}`,
    );
  }
  const silent = apiSilent(world, 2, joins);
  if (silent !== undefined) return silent;
  const node = world.child.nodes.get(instanceNameOf(machine));
  if (!isNodeReady(node))
    return waitingOn(
      { kind: 'Node', name: instanceNameOf(machine) },
      'NodeNotReady',
      `${name} is deployed; its node is not Ready yet`,
      2,
    );
  // What operators see must have moved on too, or two machines would be shown in Deploy at once.
  if (machine.status?.providerStatus?.status === 'Deploy')
    return waitingOn(
      { kind: 'Machine', namespace, name },
      'Deploying',
      `${name} is deployed; its Machine does not show it yet`,
      1,
    );
  return undefined;
}

/** A member that runs the new release cannot join a control plane of the old one. */
function beingUpdated(world: LcmClusterWorld): Outcome | undefined {
  const control = { ...world, members: world.members.filter(({ machine }) => partOf(machine) === 'control') };
  const { namespace, name } = world.lcmCluster.metadata;
  return isOutdated(control)
    ? waitingOn(
        { kind: 'LCMCluster', namespace, name },
        'Updating',
        'a further control-plane machine joins after the update',
      )
    : undefined;
}

/** The oldest control-plane machine that has prepared. It makes the cluster if no other is, or becomes, a member. */
function nextOf({ members }: LcmClusterWorld): Turn | undefined {
  const control = members
    .filter(({ machine }) => partOf(machine) === 'control')
    .sort((a, b) => byAge(a.machine, b.machine));
  const next = control.find(
    ({ machine, lcmMachine }) =>
      !isLeaving(machine) &&
      internalIpOf(lcmMachine) !== undefined &&
      isPrepared(lcmMachine) &&
      !isReleased(lcmMachine),
  );
  if (next === undefined) return undefined;
  const isFirst = !control.some((member) => member !== next && isReleased(member.lcmMachine));
  return { machine: next.machine.metadata.name, uid: next.machine.metadata.uid ?? '', role: isFirst ? 'init' : 'join' };
}

function outcomeOf(world: LcmClusterWorld): Outcome {
  const { lcmCluster } = world;
  const { namespace, name } = lcmCluster.metadata;
  const missing = countedOf(world).filter(({ lcmMachine }) => !isDone(lcmMachine));
  if (countedOf(world).length === 0)
    return waitingOn(
      { kind: 'Machine', namespace, name: `(of ${name})` },
      'NoMachines',
      'no machine of the cluster has a host yet',
    );
  const first = missing[0];
  if (first === undefined) return settled;
  return waitingOn(
    { kind: 'LCMMachine', namespace, name: first.lcmMachine.metadata.name },
    'MachinesNotReady',
    `items are still to be done on ${named(missing.map((member) => member.lcmMachine))}`,
  );
}

/** Why the counts of the status show another state, where the outcome does not say it. */
function whyOf(world: LcmClusterWorld): { why?: string } {
  const counted = countedOf(world).map((member) => member.lcmMachine);
  const stuck = counted.filter(({ status }) => status?.lcmOperationStuck === true);
  const [first] = stuck;
  if (first !== undefined)
    return { why: `${named(stuck)}: ${first.status?.lcmOperationStuckMessage ?? 'does not get on'}` };
  const missing = counted.filter((machine) => !isDone(machine));
  if (counted.length === 0) return {};
  return {
    why:
      missing.length === 0
        ? `all ${counted.length} machines have done all items`
        : `machines have items to do: ${named(missing)}`,
  };
}

/** Machines that count as nodes. */
export function countedOf({ members }: LcmClusterWorld): readonly LcmMember[] {
  return members.filter(({ machine }) => !isDisabled(machine) && !isLeaving(machine));
}

export function isDone(machine: LCMMachine): boolean {
  return lcmStateOf(machine) === 'Ready' && machine.status?.lcmOperationStuck !== true;
}

function isNodeReady(node: Node | undefined): boolean {
  return (
    node?.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true
  );
}
