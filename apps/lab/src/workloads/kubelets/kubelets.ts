import { NodeKind } from '@keelson/api';
import { seededRandom } from '@keelson/std';
import { type SimulatedPod, SimulatedPodKind } from '../kinds.js';
import { hashOf, isEnding } from '../objects.js';
import type { Controller, Plane } from '../plane.js';
import { tell } from '../pod-events.js';
import { secondsAnnotation } from './pod-faults.js';
import { type NextOfPod, nextOf } from './pod-life.js';

/** From SIGTERM to the end of a container, in seconds of the simulated world; its grace period when that is shorter. */
const endingSeconds = 10;
/** Kubelets wait twice as long before each restart (10 s, 20 s, up to five minutes). */
const backoffSeconds = 10;
const longestBackoffSeconds = 300;

/** The kubelets of all nodes whose hosts are up: they start and end the containers of the pods that were placed there. */
export function kubelets(plane: Plane): Controller {
  const due = new Map<string, number>();
  const taken = new Addresses(plane);
  return {
    name: 'kubelet',
    concerns: ({ resource, namespace, name, type }) => {
      if (resource === 'pods' && type === 'delete') taken.free(`${namespace}/${name}`);
      return resource === 'pods' ? [`${namespace}/${name}`] : [];
    },
    async sync(key) {
      const pod = plane.index.pod(key);
      const node = pod?.spec.nodeName;
      if (pod === undefined || node === undefined) return forget(due, key);
      const kubelet = plane.kubelet(node);
      if (kubelet === undefined) return forget(due, key);
      if (isEnding(pod)) return end(plane, pod);
      const next = nextOf({
        pod,
        now: plane.clock.now(),
        fault: plane.faultOf(pod),
        due: due.get(key),
        restartedAt: kubelet.restartedAt,
        ...durations(plane, pod),
      });
      if (next.due === undefined) due.delete(key);
      else due.set(key, next.due);
      await report(plane, pod, next, taken);
      return next.due;
    },
  };
}

function forget(due: Map<string, number>, key: string): undefined {
  due.delete(key);
}

/** A pod that was told to end is gone once its containers have ended. */
async function end(plane: Plane, pod: SimulatedPod): Promise<number | undefined> {
  const { deletionTimestamp = '', deletionGracePeriodSeconds = 0 } = pod.metadata;
  const killedAt = Date.parse(deletionTimestamp);
  const at = Math.min(killedAt, killedAt - deletionGracePeriodSeconds * 1000 + plane.pace.ms(endingSeconds));
  if (plane.clock.now() < at) return at;
  await plane.api.remove(SimulatedPodKind, pod.metadata);
  return undefined;
}

/** Drawn from the seed and the pod's name, so that they do not depend on the order of events; an annotation says otherwise. */
function durations({ seed, pace }: Plane, pod: SimulatedPod) {
  const random = seededRandom(`${seed}/${pod.metadata.namespace}/${pod.metadata.name}`);
  const said = Number(pod.metadata.annotations?.[secondsAnnotation] ?? NaN);
  const probed = Math.max(
    0,
    ...pod.spec.containers.map(({ readinessProbe }) => readinessProbe?.initialDelaySeconds ?? 0),
  );
  const start = Number.isFinite(said) ? said : 2 + 4 * random.next() + probed;
  const run = Number.isFinite(said) ? said : 3 + 9 * random.next();
  return {
    startMs: pace.ms(start),
    runMs: pace.ms(run),
    backoffMs: (restarts: number) => pace.ms(Math.min(longestBackoffSeconds, backoffSeconds * 2 ** restarts)),
  };
}

async function report(plane: Plane, pod: SimulatedPod, { status }: NextOfPod, taken: Addresses): Promise<void> {
  if (status === undefined) return;
  const addressed = pod.status?.podIP === undefined ? await taken.of(pod) : {};
  await plane.api.patch(SimulatedPodKind, pod.metadata, { status: { ...status, ...addressed } }, 'status');
  const waiting = status.containerStatuses?.[0]?.state.waiting;
  if (waiting?.message === undefined) return;
  await tell(
    plane,
    pod,
    'Warning',
    waiting.reason === 'ImagePullBackOff' ? 'Failed' : 'BackOff',
    waiting.message,
    'kubelet',
  );
}

const poolBits = 16;

/** Addresses of pods: 10.234.0.0/16 by the hash of the name, the next free one when that is taken. */
class Addresses {
  readonly #plane: Plane;
  readonly #byKey = new Map<string, number>();
  readonly #used = new Set<number>();

  constructor(plane: Plane) {
    this.#plane = plane;
  }

  async of(pod: SimulatedPod): Promise<object> {
    const node = await this.#plane.api.get(NodeKind, { name: pod.spec.nodeName ?? '' });
    const hostIP = node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
    const podIP = pod.spec.hostNetwork === true && hostIP !== undefined ? hostIP : this.#take(pod);
    return { ...(hostIP === undefined ? {} : { hostIP }), podIP, podIPs: [{ ip: podIP }] };
  }

  free(key: string): void {
    const number = this.#byKey.get(key);
    if (number !== undefined) this.#used.delete(number);
    this.#byKey.delete(key);
  }

  #take({ metadata }: SimulatedPod): string {
    const key = `${metadata.namespace}/${metadata.name}`;
    this.#learn();
    let number = hashOf(key)
      .split('')
      .reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 2 ** poolBits, 7);
    while (this.#used.has(number) || number < 2) number = (number + 1) % 2 ** poolBits;
    this.#used.add(number);
    this.#byKey.set(key, number);
    return `10.234.${number >> 8}.${number & 255}`;
  }

  /** What a snapshot brought back is taken too. */
  #learn(): void {
    if (this.#byKey.size > 0) return;
    for (const { metadata, status } of this.#plane.index.all()) {
      const [, high, low] = /^10\.234\.(\d+)\.(\d+)$/.exec(status?.podIP ?? '') ?? [];
      if (high === undefined || low === undefined) continue;
      const number = Number(high) * 256 + Number(low);
      this.#used.add(number);
      this.#byKey.set(`${metadata.namespace}/${metadata.name}`, number);
    }
  }
}
