import type { NodeOutageState, Reference } from '@keelson/api';
import { type ComputeService, masakariReason, type ProtectedHost } from '@keelson/openstack';
import { blockedBy, type Outcome, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import type { BoundPod, CloudView, OutageWorld } from './outage.world.js';

export type OutageStep =
  | { readonly type: 'remove'; readonly pod: BoundPod; readonly node: string; readonly isByForce: boolean }
  | { readonly type: 'tell'; readonly node: string; readonly since: number }
  | { readonly type: 'protect'; readonly node: string; readonly host: ProtectedHost }
  | { readonly type: 'enable'; readonly node: string; readonly service: ComputeService }
  | { readonly type: 'close'; readonly node: string };

interface Decision {
  readonly state: NodeOutageState;
  readonly steps: readonly OutageStep[];
  readonly outcome: Outcome;
}

/** Nodes are watched; nova, Masakari and pods are looked at after so long. */
const lookSeconds = 10;
/** What was told to Masakari and has come to an end. */
const over: ReadonlySet<string> = new Set(['finished', 'failed', 'ignored']);

/** What is done about a node that is away, and how it stands then. The checks come in order; the first that holds up is told. */
export function decisionOf(world: OutageWorld): Decision {
  const { presence, node, isAwayAgain } = world;
  if (presence === 'gone' || isAwayAgain)
    return { state: 'Returning', steps: [{ type: 'close', node }], outcome: progressing() };
  if (presence === 'ready' || world.outage.status?.state === 'Returning') return returned(world);
  if (world.fence !== undefined)
    return { state: 'Confirming', steps: [], outcome: waitingOn(nodeOf(world), 'MostNodesAway', world.fence, 30) };
  const { steps, ...instances } = recovered(world);
  const freed = freedPods(world);
  const found = instances.outcome === undefined ? freed.held : { state: instances.state, outcome: instances.outcome };
  return {
    state: found?.state ?? 'Down',
    steps: [...freed.steps, ...steps],
    outcome: found?.outcome ?? settled,
  };
}

export function planOutage(world: OutageWorld): Plan<OutageStep> {
  if (world.outage.metadata.deletionTimestamp !== undefined) return { steps: [], outcome: settled };
  const { steps, outcome } = decisionOf(world);
  return { steps, outcome };
}

/** Pods are told to end; those that have been are removed by force where it is shown that the node is down. */
function freedPods(world: OutageWorld): {
  readonly steps: readonly OutageStep[];
  readonly held: Pick<Decision, 'state' | 'outcome'> | undefined;
} {
  const { pods, node, witness } = world;
  const steps = pods
    .filter(({ isEnding, heldBy }) => !isEnding || (witness !== undefined && heldBy === undefined))
    .map((pod) => ({ type: 'remove', pod, node, isByForce: pod.isEnding }) as const);
  if (pods.length === 0) return { steps, held: undefined };
  const waits = (reason: string, message: string): Decision => ({
    state: 'Confirming',
    steps,
    outcome: waitingOn(nodeOf(world), reason, message, lookSeconds),
  });
  if (witness === undefined) return { steps, held: waits('NotConfirmed', confirmText(world)) };
  const held = pods.find(({ heldBy }) => heldBy !== undefined);
  if (held?.heldBy !== undefined)
    return { steps, held: waits('QuorumAtRisk', `${held.name} stays bound to ${node}: ${held.heldBy}`) };
  return { steps, held: waits('PodsEnding', `${counted(pods)} of ${node} are being removed`) };
}

function confirmText({ pods, node, power }: OutageWorld): string {
  const bmc = power === undefined ? '' : `: ${power.message}`;
  return `${counted(pods)} cannot end on ${node}, and nothing shows that it is off for good${bmc}. Set online: false on its BareMetalHostInventory, which switches it off where its BMC obeys; or, once it is off, set disable: true on its Machine or taint the node node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`;
}

function counted(pods: readonly BoundPod[]): string {
  const names = pods.slice(0, 3).map(({ name }) => name);
  const more = pods.length > names.length ? ` and ${pods.length - names.length} more` : '';
  return `${pods.length} pod${pods.length === 1 ? '' : 's'} (${names.join(', ')}${more})`;
}

interface Instances {
  readonly state: NodeOutageState;
  readonly steps: readonly OutageStep[];
  /** Undefined when nothing is left to do for them. */
  readonly outcome: Outcome | undefined;
}

/** Instances are Masakari's to bring back, once nova sees the compute down. */
function recovered(world: OutageWorld): Instances {
  const { cloud, trouble, node, since } = world;
  const confirming = (outcome: Outcome): Instances => ({ state: 'Confirming', steps: [], outcome });
  if (trouble !== undefined)
    return confirming(waitingOn({ kind: 'OpenStack', name: node }, 'CloudSilent', trouble, lookSeconds));
  if (cloud?.protection === undefined) return { state: 'Down', steps: [], outcome: undefined };
  if (cloud.notification !== undefined) return followed(cloud, node);
  // It was so before: somebody works on it, and Masakari would refuse.
  if (cloud.protection.isOnMaintenance) return { state: 'Down', steps: [], outcome: undefined };
  if (cloud.compute?.isUp === true) {
    const message = `nova-compute on ${node} still reports itself: its instances run, and are left alone`;
    return confirming(waitingOn({ kind: 'Nova', name: node }, 'ComputeUp', message, lookSeconds));
  }
  return {
    state: 'Recovering',
    steps: [{ type: 'tell', node, since }],
    outcome: progressing(`Masakari is told that ${node} is down`),
  };
}

function followed({ notification }: CloudView, node: string): Instances {
  const { id = '', status = '' } = notification ?? {};
  const masakari: Reference = { kind: 'Masakari', name: id };
  if (status === 'finished') return { state: 'Down', steps: [], outcome: undefined };
  if (over.has(status)) {
    const message = `Masakari has ended the notification ${id} about ${node} as ${status}: see its log and evacuate what is left by hand`;
    return { state: 'Failed', steps: [], outcome: blockedBy(masakari, 'RecoveryFailed', message) };
  }
  const message = `Masakari brings the instances of ${node} back elsewhere: notification ${id} is ${status}`;
  return { state: 'Recovering', steps: [], outcome: waitingOn(masakari, 'InstancesRecovering', message, lookSeconds) };
}

/** What Masakari took out of service is put back, when the node can carry it. What others took out stays so. */
function returned(world: OutageWorld): Decision {
  const { presence, cloud, trouble, node } = world;
  const waits = (on: Reference, reason: string, message: string): Decision => ({
    state: 'Returning',
    steps: [],
    outcome: waitingOn(on, reason, message, lookSeconds),
  });
  if (presence === 'away') return waits(nodeOf(world), 'NodeNotReady', `${node} was back and is not Ready again`);
  if (trouble !== undefined) return waits({ kind: 'OpenStack', name: node }, 'CloudSilent', trouble);
  const { compute, protection, notification } = cloud ?? {};
  if (notification !== undefined && !over.has(notification.status))
    return waits(
      { kind: 'Masakari', name: notification.id },
      'InstancesRecovering',
      `Masakari still moves instances of ${node} away: notification ${notification.id} is ${notification.status}`,
    );
  if (compute?.isUp === false)
    return waits({ kind: 'Nova', name: node }, 'ComputeDown', `nova-compute on ${node} does not report itself yet`);
  const steps: readonly OutageStep[] = [
    ...(compute?.isEnabled === false && compute.disabledReason?.startsWith(masakariReason) === true
      ? [{ type: 'enable', node, service: compute } as const]
      : []),
    ...(notification !== undefined && protection?.isOnMaintenance === true
      ? [{ type: 'protect', node, host: protection } as const]
      : []),
    { type: 'close', node },
  ];
  return { state: 'Returning', steps, outcome: progressing(`${node} is back in service`) };
}

function nodeOf({ node }: OutageWorld): Reference {
  return { kind: 'Node', name: node };
}
