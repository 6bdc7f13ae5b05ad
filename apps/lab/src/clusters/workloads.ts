import { NamespaceKind, NodeKind, PodKind, type Kind, type KubeObject } from '@keelson/api';
import { type Clock, type Log, type Random, type Timer, isFailure, messageOf, pick } from '@keelson/std';
import type { Pace } from '../world/pace.js';
import type { ChildApi } from './child-api.js';
import {
  DaemonSetKind,
  type PodOwner,
  ReplicaSetKind,
  daemonName,
  daemonSet,
  podNamespace,
  podNamespaceObject,
  podOf,
  replicaSet,
  runningStatus,
  workloadName,
} from './pod.js';
import { type PodPlan, planPods } from './pods.plan.js';

export interface WorkloadsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly pace: Pace;
  /** The cluster's API, or undefined while it does not answer. */
  readonly api: () => ChildApi | undefined;
  readonly hasKubelet: (node: string) => boolean;
}

/** After a change, in seconds of the simulated world: what a scheduler and a kubelet take together. */
const reactionSeconds = 2;
/** From SIGTERM to the end of a container. */
const endingSeconds = 10;
/** A pass that failed is repeated. */
const retrySeconds = 10;

/**
 * The pods of a simulated cluster: a daemon on each node and a small workload on the workers, there to be drained. It is
 * scheduler, kubelets and controllers in one and looks only when something was written or a pod is about to end.
 */
export class Workloads {
  readonly #options: WorkloadsOptions;
  #timer: Timer | undefined;
  #lookAt = Infinity;
  #isRunning = false;
  #isDirty = false;
  #isStopped = false;

  constructor(options: WorkloadsOptions) {
    this.#options = options;
  }

  /** Something has changed: looks soon. */
  wake(): void {
    this.#isDirty = true;
    if (!this.#isRunning) this.#lookIn(this.#options.pace.ms(reactionSeconds));
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #lookIn(ms: number): void {
    const { clock } = this.#options;
    const at = clock.now() + ms;
    // A look that comes sooner stands: else a cluster in which something is always written would never be looked at.
    if (this.#isStopped || this.#lookAt <= at) return;
    this.#timer?.cancel();
    this.#lookAt = at;
    this.#timer = clock.schedule(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { log, pace, clock } = this.#options;
    this.#isRunning = true;
    this.#isDirty = false;
    this.#lookAt = Infinity;
    let nextMs: number | undefined;
    try {
      const at = await this.#pass();
      nextMs = at === undefined ? undefined : Math.max(1, at - clock.now());
    } catch (error) {
      log.debug(`pods (simulated): ${messageOf(error)}`);
      nextMs = pace.ms(retrySeconds);
    }
    this.#isRunning = false;
    // What the pass itself has written counts too: it looks once more and finds nothing to do.
    if (this.#isDirty) nextMs = Math.min(nextMs ?? Infinity, pace.ms(reactionSeconds));
    if (nextMs !== undefined) this.#lookIn(nextMs);
  }

  /** Looks and acts once; gives the time of the next look if one is due by itself. */
  async #pass(): Promise<number | undefined> {
    const { api: reach, hasKubelet, clock, pace } = this.#options;
    const api = reach();
    if (api === undefined) return undefined;
    const [nodes, pods] = await Promise.all([api.list(NodeKind), api.list(PodKind)]);
    const plan = planPods({ nodes, pods, hasKubelet, now: clock.now(), endingMs: pace.ms(endingSeconds) });
    for (const key of plan.remove) await api.remove(PodKind, key);
    await this.#create(api, plan);
    return plan.lookAgainAt;
  }

  async #create(api: ChildApi, plan: PodPlan): Promise<void> {
    const { random } = this.#options;
    if (plan.daemons.length > 0) {
      const owner = await ownerIn(api, DaemonSetKind, daemonSet());
      for (const node of plan.daemons) await this.#start(api, owner, `${daemonName}-${node}`, node);
    }
    if (plan.daemons.length > 0 || plan.remove.length > 0) await tellDaemons(api, plan.daemonNodes);
    if (plan.placed.length > 0 || plan.remove.length > 0) {
      const owner = await ownerIn(api, ReplicaSetKind, replicaSet());
      for (const node of plan.placed) await this.#start(api, owner, `${workloadName}-${suffix(random)}`, node);
      await tellReplicas(api, owner, plan.replicas);
    }
  }

  async #start(api: ChildApi, owner: PodOwner, name: string, node: string): Promise<void> {
    const pod = podOf(owner, name, node);
    await create(api, PodKind, pod);
    await api.patch(
      PodKind,
      { namespace: pod.metadata.namespace, name },
      { status: runningStatus(this.#options.clock.now()) },
      'status',
    );
  }
}

/** The owner as the API has it, with its uid; made on first use. */
async function ownerIn(api: ChildApi, kind: Kind<PodOwner>, owner: PodOwner): Promise<PodOwner> {
  const key = { namespace: owner.metadata.namespace, name: owner.metadata.name };
  const present = await api.get(kind, key);
  if (present !== undefined) return present;
  await create(api, NamespaceKind, podNamespaceObject());
  await create(api, kind, owner);
  return (await api.get(kind, key)) ?? owner;
}

async function tellReplicas(api: ChildApi, owner: PodOwner, replicas: number): Promise<void> {
  if (owner.spec.replicas === replicas) return;
  const key = { namespace: owner.metadata.namespace, name: owner.metadata.name };
  await api.patch(ReplicaSetKind, key, { spec: { replicas } });
  await api.patch(
    ReplicaSetKind,
    key,
    { status: { replicas, fullyLabeledReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas } },
    'status',
  );
}

async function tellDaemons(api: ChildApi, nodes: number): Promise<void> {
  const key = { namespace: podNamespace, name: daemonName };
  const present = await api.get(DaemonSetKind, key);
  if (present === undefined || present.status?.['desiredNumberScheduled'] === nodes) return;
  const counts = [
    'desiredNumberScheduled',
    'currentNumberScheduled',
    'numberReady',
    'numberAvailable',
    'updatedNumberScheduled',
  ].map((name) => [name, nodes]);
  await api.patch(DaemonSetKind, key, { status: { ...Object.fromEntries(counts), numberMisscheduled: 0 } }, 'status');
}

async function create<T extends KubeObject>(api: ChildApi, kind: Kind<T>, object: T): Promise<void> {
  await api.create(kind, object).catch((error: unknown) => {
    if (!isFailure(error, 'conflict')) throw error;
  });
}

const letters = 'bcdfghjklmnpqrstvwxz2456789'.split('');

/** Five characters as ReplicaSets append. */
function suffix(random: Random): string {
  return Array.from({ length: 5 }, () => pick(random, letters)).join('');
}
