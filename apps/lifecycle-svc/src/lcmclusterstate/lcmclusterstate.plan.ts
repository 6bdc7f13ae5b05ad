import { type Node, type Pod, type Reference, annotations, keyText } from '@keelson/api';
import { type Outcome, type Plan, settled, waitingOn } from '@keelson/reconcile';
import { rfc3339 } from '@keelson/std';
import type { LcmClusterStateWorld } from './lcmclusterstate.observe.js';
import { drainDeadlineSeconds } from './lcmclusterstate.states.js';
import type { LcmClusterStateStep } from './lcmclusterstate.steps.js';

/**
 * On nodes that this service cordoned, with the time. A cordon that was there before is an operator's, marked so, and is
 * not ours to lift.
 */
export const cordonAnnotation = 'keelson.dev/cordoned';
const operators = "operator's, since before";

/** Cordons and drains a node within its disruption budgets, or lets it take pods again. */
export function planLcmClusterState(world: LcmClusterStateWorld): Plan<LcmClusterStateStep> {
  const { state, node, child, cluster } = world;
  if (state.metadata.deletionTimestamp !== undefined || state.spec.type !== 'cordon-drain')
    return { steps: [], outcome: settled };
  if (!child.contact.answers)
    return {
      steps: [],
      outcome: waitingOn(
        { kind: 'KubernetesAPI', name: keyText(cluster) },
        'APISilent',
        `the node cannot be ${state.spec.value === 'true' ? 'drained' : 'uncordoned'}: the API of the cluster does not answer: ${child.contact.why}${choices(world)}`,
        5,
      ),
    };
  if (node === undefined) return { steps: [], outcome: settled };
  return state.spec.value === 'true' ? planDrain(world, node) : planUncordon(world, node);
}

function planDrain(world: LcmClusterStateWorld, node: Node): Plan<LcmClusterStateStep> {
  const { cluster, now, state } = world;
  const { name } = node.metadata;
  if (node.spec?.unschedulable !== true || node.metadata.annotations?.[cordonAnnotation] === undefined) {
    const mark = node.spec?.unschedulable === true ? operators : rfc3339(now);
    return {
      steps: [{ type: 'cordon', cluster, node: name, mark }],
      outcome: waitingOn({ kind: 'Node', name }, 'Draining', `node ${name} is cordoned`, 1),
    };
  }
  const isMarked = node.metadata.annotations[annotations.nodeDrained] === 'true';
  if (state.status?.value === 'true' && isMarked) return { steps: [], outcome: settled };
  const left = world.pods.filter(mustGo);
  if (left.length > 0) return planEviction(world, name, left);
  return {
    steps: isMarked ? [] : [{ type: 'mark-drained', cluster, node: name }],
    outcome: attached(world, node) ?? settled,
    why: `nothing that can move is left on node ${name}`,
  };
}

/** Ceph detaches the volumes of a drained node and says so on it. Source: the same reference, sequence A, step 11. */
function attached(world: LcmClusterStateWorld, { metadata }: Node): Outcome | undefined {
  if (!world.isOfCeph || metadata.annotations?.[annotations.csiDrained] === 'true') return undefined;
  return waitingOn(
    { kind: 'Node', name: metadata.name },
    'VolumesAttached',
    `node ${metadata.name} is drained, and the controller of Ceph has not said yet (${annotations.csiDrained}) that its volumes are detached${choices(world)}`,
    5,
  );
}

function planEviction(world: LcmClusterStateWorld, node: string, left: readonly Pod[]): Plan<LcmClusterStateStep> {
  const staying = left.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const pods = staying.map(({ metadata }) => ({ namespace: metadata.namespace, name: metadata.name }));
  return {
    steps: pods.length === 0 ? [] : [{ type: 'evict', cluster: world.cluster, node, pods }],
    // What a budget holds is known after the attempt; of pods that only end, their watch tells.
    outcome: heldByBudget(world, node) ?? endingOutcome(world, node, left, pods.length === 0 ? 30 : 3),
  };
}

function heldByBudget(world: LcmClusterStateWorld, node: string): Outcome | undefined {
  const [first] = world.refused;
  if (first === undefined) return undefined;
  const others = world.refused.length === 1 ? '' : ` and ${world.refused.length - 1} more`;
  const { namespace, name } = first.pod;
  const on: Reference =
    first.budget === undefined
      ? { kind: 'Pod', namespace, name }
      : { kind: 'PodDisruptionBudget', namespace, name: first.budget };
  const budget =
    first.budget === undefined ? 'a disruption budget' : `the disruption budget ${namespace ?? ''}/${first.budget}`;
  return waitingOn(
    on,
    'DisruptionBudget',
    `node ${node} cannot be drained yet: ${budget} holds pod ${keyText(first.pod)}${others}: ${first.message}${choices(world)}`,
    5,
  );
}

function endingOutcome(
  world: LcmClusterStateWorld,
  node: string,
  left: readonly Pod[],
  recheckAfterSeconds: number,
): Outcome {
  const first = left.find((pod) => pod.metadata.deletionTimestamp !== undefined) ?? left[0];
  const { namespace, name = '' } = first?.metadata ?? {};
  const since = first?.metadata.deletionTimestamp;
  return waitingOn(
    { kind: 'Pod', namespace, name },
    'Draining',
    `pods are left on node ${node}, among them ${namespace ?? ''}/${name}${since === undefined ? '' : `, which has been ending since ${since}`}${choices(world)}`,
    recheckAfterSeconds,
  );
}

function planUncordon({ cluster }: LcmClusterStateWorld, node: Node): Plan<LcmClusterStateStep> {
  const mark = node.metadata.annotations?.[cordonAnnotation];
  if (mark === undefined) return { steps: [], outcome: settled };
  return {
    steps: [{ type: 'uncordon', cluster, node: node.metadata.name, keepsCordon: mark === operators }],
    outcome: waitingOn(
      { kind: 'Node', name: node.metadata.name },
      'Uncordoning',
      `node ${node.metadata.name} is to take pods again`,
      1,
    ),
  };
}

/** True once draining has taken longer than it may. */
export function isOverdue({ state, now }: LcmClusterStateWorld): boolean {
  const { progress } = state.status ?? {};
  return progress?.state === 'Draining' && progress.deadline !== undefined && now >= Date.parse(progress.deadline);
}

/** Each time limit that passes is an attempt that failed; the drain goes on with the next. The first is 1. */
export function attemptOf({ state, now }: Pick<LcmClusterStateWorld, 'state' | 'now'>): number {
  const { progress, attempt = 1 } = state.status ?? {};
  if (state.spec.value !== 'true' || progress?.state !== 'Draining') return state.spec.value === 'true' ? attempt : 1;
  const passed = (now - Date.parse(progress.since)) / (drainDeadlineSeconds * 1000);
  return Number.isFinite(passed) ? 1 + Math.max(0, Math.floor(passed)) : 1;
}

/** What an operator can choose once the time limit has passed. */
function choices(world: LcmClusterStateWorld): string {
  if (!isOverdue(world)) return '';
  const { arg } = world.state.spec;
  const reason = world.state.metadata.annotations?.[annotations.clusterStateReason];
  const skip = `annotate LCMMachine ${arg} with ${annotations.skipMaintenance}=true to go on without it`;
  if (reason === 'delete')
    return '. This takes too long: cure it, or relax spec.providerSpec.value.deletionPolicy of the Machine to unsafe';
  return `. This takes too long. Choose: cure it; or ${skip}; or take back ${reason === 'maintenance' ? 'spec.providerSpec.value.maintenance of the Machine' : 'what asked for it'}`;
}

/** Pods of daemons, mirrors of static pods and finished pods stay, as with `kubectl drain --ignore-daemonsets`. */
export function mustGo(pod: Pod): boolean {
  const isDaemon = pod.metadata.ownerReferences?.some((owner) => owner.kind === 'DaemonSet') === true;
  const isMirror = pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
  return !isDaemon && !isMirror && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
}
