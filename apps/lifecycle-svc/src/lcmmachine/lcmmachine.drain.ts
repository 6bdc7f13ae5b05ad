import type { Node, Pod } from '@keelson/api';
import { type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { rfc3339 } from '@keelson/std';
import { clusterNameOf } from '../membership.js';
import { isReleased } from './lcmmachine.items.js';
import type { LcmMachineWorld } from './lcmmachine.observe.js';
import type { LcmMachineStep } from './lcmmachine.steps.js';

/** How long a node may take to leave its cluster before that counts as failed. It is tried on after that. */
export const drainDeadlineSeconds = 3600;
/** On nodes that we cordoned: a cordon of an operator is not ours to lift. */
export const leavingAnnotation = 'keelson.dev/leaving';

/**
 * Takes the node out of its cluster: announce, cordon, wait for the locks of workloads, evict what runs on it, delete the
 * node. Budgets are honoured: what they forbid is waited for by name.
 */
export function planDrain(world: LcmMachineWorld): Plan<LcmMachineStep> {
  const { machine, child, node, drain } = world;
  const cluster = { namespace: machine.metadata.namespace, name: clusterNameOf(machine) ?? '' };
  if (machine.status?.prepareDeletionPhase === 'completed' || isOut(world)) return { steps: [], outcome: settled };
  if (!child.contact.answers) {
    return {
      steps: [],
      outcome: waitingOn(
        { kind: 'KubernetesAPI', name: `${cluster.namespace ?? ''}/${cluster.name}` },
        'APISilent',
        `the node cannot be drained: the API of the cluster does not answer: ${child.contact.why}${overdue(world)}`,
        5,
      ),
    };
  }
  if (node === undefined || drain === undefined) return { steps: [], outcome: progressing() };
  const { name } = node.metadata;
  if (node.spec?.unschedulable !== true || node.metadata.annotations?.[leavingAnnotation] === undefined) {
    return {
      steps: [
        { type: 'announce-leaving', cluster, node: name },
        { type: 'cordon', cluster, node: name, at: rfc3339(world.now) },
      ],
      outcome: waitingOn({ kind: 'Node', name }, 'Draining', `node ${name} is cordoned`, 1),
    };
  }
  const lock = drain.locks.find((one) => one.status?.state !== 'inactive');
  if (lock !== undefined) {
    const why =
      lock.status?.errorMessage === undefined || lock.status.errorMessage === '' ? '' : `: ${lock.status.errorMessage}`;
    return {
      steps: [],
      outcome: waitingOn(
        { kind: 'NodeWorkloadLock', name: lock.metadata.name },
        'WorkloadLocked',
        `${lock.spec.controllerName} has not released its lock on node ${name}${why}${overdue(world)}`,
        5,
      ),
    };
  }
  return planEviction(world, cluster, node, drain.pods.filter(mustGo));
}

function planEviction(
  world: LcmMachineWorld,
  cluster: { namespace: string | undefined; name: string },
  node: Node,
  pods: readonly Pod[],
): Plan<LcmMachineStep> {
  const { name } = node.metadata;
  const first = pods[0];
  if (first === undefined) {
    return {
      steps: [
        { type: 'delete-node', cluster, node: name },
        { type: 'withdraw-leaving', cluster, node: name },
      ],
      outcome: progressing(`node ${name} is drained and leaves the cluster`),
    };
  }
  const staying = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const message = `${pods.length} pods are left on node ${name}, first ${first.metadata.namespace ?? ''}/${first.metadata.name}${overdue(world)}`;
  const steps: LcmMachineStep[] =
    staying.length === 0
      ? []
      : [
          {
            type: 'evict',
            cluster,
            node: name,
            pods: staying.map((pod) => ({ namespace: pod.metadata.namespace, name: pod.metadata.name })),
          },
        ];
  return {
    steps,
    outcome: waitingOn(
      { kind: 'Pod', namespace: first.metadata.namespace, name: first.metadata.name },
      'Draining',
      message,
      2,
    ),
  };
}

/** Takes back what `planDrain` began: lifts our cordon and withdraws the announcement. */
export function planReturn({ machine, node }: LcmMachineWorld): Plan<LcmMachineStep> | undefined {
  if (node?.metadata.annotations?.[leavingAnnotation] === undefined) return undefined;
  const cluster = { namespace: machine.metadata.namespace, name: clusterNameOf(machine) ?? '' };
  return {
    steps: [
      { type: 'uncordon', cluster, node: node.metadata.name },
      { type: 'withdraw-leaving', cluster, node: node.metadata.name },
    ],
    outcome: waitingOn(
      { kind: 'Node', name: node.metadata.name },
      'Uncordoning',
      'the deletion was taken back: the node is uncordoned',
      1,
    ),
  };
}

/** True when the node is no part of the cluster: it never was, or the cluster's own API says so. */
export function isOut({ machine, child, node }: LcmMachineWorld): boolean {
  return !isReleased(machine) || (child.contact.answers && node === undefined);
}

/** Milliseconds since the epoch at which leaving counts as failed; undefined while nobody has asked for it. */
export function drainDeadline({ owner }: LcmMachineWorld): number | undefined {
  const progress = owner?.status?.progress;
  const since =
    owner?.status?.phase === 'Deleting' && progress?.state === 'Deleting' ? Date.parse(progress.since) : Number.NaN;
  return Number.isNaN(since) ? undefined : since + drainDeadlineSeconds * 1000;
}

export function isOverdue(world: LcmMachineWorld): boolean {
  const deadline = drainDeadline(world);
  return deadline !== undefined && world.now > deadline;
}

function overdue(world: LcmMachineWorld): string {
  return isOverdue(world)
    ? '. This takes too long: cure it, or relax spec.providerSpec.value.deletionPolicy of the Machine to unsafe'
    : '';
}

/** Pods of daemons, mirrors of static pods and finished pods stay, as with `kubectl drain --ignore-daemonsets`. */
function mustGo(pod: Pod): boolean {
  const isDaemon = pod.metadata.ownerReferences?.some((owner) => owner.kind === 'DaemonSet') === true;
  const isMirror = pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
  return !isDaemon && !isMirror && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
}
