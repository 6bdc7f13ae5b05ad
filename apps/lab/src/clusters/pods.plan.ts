import type { Node, ObjectKey, Pod } from '@keelson/api';
import { daemonName, podsPerWorker, workloadName } from './pod.js';

/** What the simulated scheduler, kubelets and controllers see of a cluster. */
export interface PodWorld {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  /** Whether the node's kubelet runs: without it a pod cannot end. */
  readonly hasKubelet: (node: string) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How long a container takes to end once it is told to. */
  readonly endingMs: number;
}

export interface PodPlan {
  /** Pods that have ended, or whose node is gone. */
  readonly remove: readonly ObjectKey[];
  /** Nodes that lack the pod of the daemon. */
  readonly daemons: readonly string[];
  /** How many nodes have it once that is done. */
  readonly daemonNodes: number;
  /** Nodes that get a pod of the workload, one for each mention. */
  readonly placed: readonly string[];
  /** Replicas the workload has to have. */
  readonly replicas: number;
  /** When the next pod will have ended; undefined when none is ending. */
  readonly lookAgainAt: number | undefined;
}

/** What happens to the pods next. Pure: the same world gives the same plan. */
export function planPods(world: PodWorld): PodPlan {
  const names = new Set(world.nodes.map((node) => node.metadata.name));
  const orphaned = world.pods.filter((pod) => pod.spec?.nodeName !== undefined && !names.has(pod.spec.nodeName));
  const ending = world.pods.filter((pod) => !orphaned.includes(pod) && pod.metadata.deletionTimestamp !== undefined);
  const ended = ending.filter((pod) => endOf(world, pod) <= world.now);
  const alive = world.pods.filter((pod) => !orphaned.includes(pod) && pod.metadata.deletionTimestamp === undefined);
  const served = nodesWithDaemon(world.pods);
  // Those that have been Ready once: a node that is lost for a while does not shrink the workload.
  const workers = world.nodes.filter((node) => !isControl(node) && (isReady(node) || served.has(node.metadata.name)));
  const replicas = workers.length * podsPerWorker;
  const workload = alive.filter((pod) => isOf(pod, workloadName));
  const surplus = workload.slice(replicas);
  const ends = ending.map((pod) => endOf(world, pod)).filter((at) => at > world.now && at < Infinity);
  return {
    remove: [...orphaned, ...ended, ...surplus].map((pod) => ({
      namespace: pod.metadata.namespace,
      name: pod.metadata.name,
    })),
    daemonNodes: world.nodes.filter((node) => isReady(node) || served.has(node.metadata.name)).length,
    daemons: world.nodes
      .filter((node) => isReady(node) && !served.has(node.metadata.name))
      .map((node) => node.metadata.name),
    placed: placements(workers, workload, Math.max(0, replicas - workload.length)),
    replicas,
    lookAgainAt: ends.length === 0 ? undefined : Math.min(...ends),
  };
}

/** Daemon pods that are ending count: they hold the name still. */
function nodesWithDaemon(pods: readonly Pod[]): ReadonlySet<string> {
  return new Set(pods.filter((pod) => isOf(pod, daemonName)).map((pod) => pod.spec?.nodeName ?? ''));
}

/** One after the other to the Ready, uncordoned worker that has the fewest; none while there is no such worker. */
function placements(workers: readonly Node[], workload: readonly Pod[], count: number): readonly string[] {
  const load = new Map(
    workers.filter((node) => isReady(node) && node.spec?.unschedulable !== true).map((node) => [node.metadata.name, 0]),
  );
  for (const pod of workload) {
    const node = pod.spec?.nodeName ?? '';
    if (load.has(node)) load.set(node, (load.get(node) ?? 0) + 1);
  }
  if (load.size === 0) return [];
  return Array.from({ length: count }, () => {
    const [node, pods] = [...load].reduce((least, next) => (next[1] < least[1] ? next : least));
    load.set(node, pods + 1);
    return node;
  });
}

/** Milliseconds since the epoch at which a pod that is being deleted is gone; never while its node is dead. */
function endOf(world: PodWorld, pod: Pod): number {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  const node = pod.spec?.nodeName;
  if (node !== undefined && !world.hasKubelet(node)) return Infinity;
  const killedAt = Date.parse(deletionTimestamp ?? '');
  return Math.min(killedAt, killedAt - deletionGracePeriodSeconds * 1000 + world.endingMs);
}

function isOf(pod: Pod, owner: string): boolean {
  return (
    pod.metadata.ownerReferences?.some((reference) => reference.controller === true && reference.name === owner) ===
    true
  );
}

function isReady(node: Node): boolean {
  return (
    node.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true
  );
}

function isControl(node: Node): boolean {
  return node.metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined;
}
