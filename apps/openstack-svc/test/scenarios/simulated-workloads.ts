import {
  type DaemonSet,
  DaemonSetKind,
  type Deployment,
  DeploymentKind,
  type Job,
  JobKind,
  keyOf,
  type Kind,
  type KubeObject,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Clock, equalJson, rfc3339, sleep } from '@keelson/std';

/**
 * Stands for the controllers of a cluster: everything that is applied is ready after some seconds. Simulated; what is named in
 * `stuck` never gets ready, and Jobs in `failing` fail as often as said.
 */
export class SimulatedWorkloads {
  readonly stuck = new Set<string>();
  readonly failing = new Map<string, number>();
  /** Names of Jobs in the order in which they completed. */
  readonly completed: string[] = [];
  /** How many members of a StatefulSet, or pods of a DaemonSet, at most get ready. */
  readonly most = new Map<string, number>();
  nodes = 3;
  /** Does what a Job does; why it fails, or undefined when it succeeds. */
  doing: ((job: Job) => Promise<string | undefined>) | undefined;
  /** Told of every Deployment and DaemonSet all of whose pods are of its template. */
  onReady: ((object: Deployment | DaemonSet) => void) | undefined;
  readonly #api: KubeApi;
  readonly #clock: Clock;
  readonly #since = new Map<string, number>();
  readonly #secondsToReady: number;

  constructor(api: KubeApi, clock: Clock, secondsToReady = 5) {
    this.#api = api;
    this.#clock = clock;
    this.#secondsToReady = secondsToReady;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#each<Deployment>(DeploymentKind, (object, isDue) => ofDeployment(object, isDue));
      await this.#each<StatefulSet>(StatefulSetKind, (object, isDue) => ofStatefulSet(object, isDue, this.most));
      await this.#each<DaemonSet>(DaemonSetKind, (object, isDue) => ofDaemonSet(object, isDue, this));
      await this.#each<Job>(JobKind, (object, isDue) => this.#ofJob(object, isDue));
      await sleep(this.#clock, 1000, signal).catch(() => undefined);
    }
  }

  async #each<T extends KubeObject>(
    kind: Kind<T>,
    statusOf: (object: T, isDue: boolean) => object | undefined | Promise<object | undefined>,
  ): Promise<void> {
    for (const object of (await this.#api.list(kind)).items) {
      const { uid = '', generation = 0, name } = object.metadata;
      const id = `${uid} ${generation}`;
      const since = this.#since.get(id) ?? this.#clock.now();
      this.#since.set(id, since);
      const isDue = this.#clock.now() - since >= this.#secondsToReady * 1000 && !this.stuck.has(name);
      const status = await statusOf(object, isDue);
      if (isDue && (isKind(object, DeploymentKind) || isKind(object, DaemonSetKind))) this.onReady?.(object);
      if (status === undefined || equalJson(Reflect.get(object, 'status'), status)) continue;
      await this.#api.patch(kind, keyOf(object), { status }, { subresource: 'status' });
    }
  }

  async #ofJob(job: Job, isDue: boolean): Promise<object | undefined> {
    const { metadata, status } = job;
    if (status?.conditions !== undefined) return undefined;
    if (!isDue) return { active: 1 };
    const failures = this.failing.get(metadata.name) ?? 0;
    const now = rfc3339(this.#clock.now());
    const why = failures === 0 ? await this.doing?.(job) : 'its pod ended with 1';
    if (why === undefined) {
      this.completed.push(metadata.name);
      return {
        active: null,
        succeeded: 1,
        startTime: now,
        completionTime: now,
        conditions: [
          { type: 'SuccessCriteriaMet', status: 'True', lastTransitionTime: now },
          { type: 'Complete', status: 'True', lastTransitionTime: now },
        ],
      };
    }
    this.failing.set(metadata.name, Math.max(0, failures - 1));
    return {
      active: null,
      failed: 1,
      startTime: now,
      conditions: [
        { type: 'FailureTarget', status: 'True', lastTransitionTime: now },
        { type: 'Failed', status: 'True', message: why, lastTransitionTime: now },
      ],
    };
  }
}

function isKind<T extends KubeObject>(object: KubeObject, kind: Kind<T>): object is T {
  return object.kind === kind.kind;
}

function ofDeployment({ metadata, spec, status }: Deployment, isDue: boolean): object {
  const wanted = spec?.replicas ?? 1;
  const seen = { observedGeneration: metadata.generation ?? 1, replicas: wanted };
  if (!isDue) return { ...seen, updatedReplicas: 0, availableReplicas: status?.availableReplicas ?? 0 };
  return { ...seen, updatedReplicas: wanted, readyReplicas: wanted, availableReplicas: wanted };
}

function ofStatefulSet({ metadata, spec }: StatefulSet, isDue: boolean, most: ReadonlyMap<string, number>): object {
  const wanted = spec?.replicas ?? 1;
  const ready = isDue ? Math.min(wanted, most.get(metadata.name) ?? wanted) : 0;
  return {
    observedGeneration: metadata.generation ?? 1,
    replicas: wanted,
    readyReplicas: ready,
    updatedReplicas: ready,
    currentRevision: 'a',
    updateRevision: isDue ? 'a' : 'b',
  };
}

/** With OnDelete the pods that are there stay as they are. */
function ofDaemonSet(
  { metadata, spec, status }: DaemonSet,
  isDue: boolean,
  { nodes, most }: Pick<SimulatedWorkloads, 'nodes' | 'most'>,
): object {
  const isKept = spec?.updateStrategy?.type === 'OnDelete' && status?.numberReady !== undefined;
  const ready = isKept ? status.numberReady : isDue ? Math.min(nodes, most.get(metadata.name) ?? nodes) : 0;
  const isNew = isKept && status.observedGeneration !== metadata.generation;
  return {
    observedGeneration: metadata.generation ?? 1,
    desiredNumberScheduled: nodes,
    currentNumberScheduled: nodes,
    numberMisscheduled: 0,
    updatedNumberScheduled: isNew ? 0 : isKept ? (status.updatedNumberScheduled ?? 0) : ready,
    numberReady: ready,
    numberAvailable: ready,
  };
}
