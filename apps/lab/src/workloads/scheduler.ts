import { type Node, NodeKind } from '@keelson/api';
import { canonicalJson } from '@keelson/std';
import { ClaimKind, type SimulatedPod, SimulatedPodKind, StorageClassKind } from './kinds.js';
import { controllerOf, hasEnded, isEnding, withCondition } from './objects.js';
import { tell } from './pod-events.js';
import { type Neighbours, type Refusal, neighbourRefusal, neighboursOf, refusal } from './placement.js';
import { type Controller, type Plane, forEach } from './plane.js';

/** As kubelets have it by default. */
const podsPerNode = 110;
const relevant = new Set(['nodes', 'persistentvolumeclaims', 'storageclasses.storage.k8s.io']);

/** Puts pods on nodes: the selector, required affinities, taints and cordons are kept; then the emptiest node gets it. */
export function scheduler(plane: Plane): Controller {
  return {
    name: 'scheduler',
    always: ['all'],
    concerns: ({ resource, type, object }) => {
      const isFreed = resource === 'pods' && type === 'delete';
      const isNew = resource === 'pods' && type === 'put' && nodeNameOf(object) === undefined;
      return isFreed || isNew || relevant.has(resource) ? ['all'] : [];
    },
    async sync() {
      const waiting = plane.index.unbound().filter((pod) => !isEnding(pod) && !hasEnded(pod));
      if (waiting.length === 0) return undefined;
      const round = new Round(plane, await plane.api.list(NodeKind), await claimsThatWait(plane));
      await forEach(waiting, (pod) => settle(plane, pod, round.place(pod)));
      return undefined;
    },
  };
}

function nodeNameOf(object: { readonly [member: string]: unknown }): unknown {
  const { spec } = object;
  return typeof spec === 'object' && spec !== null && 'nodeName' in spec ? spec.nodeName : undefined;
}

/** One look at all nodes for all pods that wait; what it has placed counts for those that follow. */
class Round {
  readonly #plane: Plane;
  readonly #nodes: readonly Node[];
  readonly #byName: ReadonlyMap<string, Node>;
  readonly #load: Map<string, number>;
  readonly #ofOwner = new Map<string, Map<string, number>>();
  readonly #refusals = new Map<string, ReadonlyMap<string, Refusal>>();
  readonly #placed = new Map<string, SimulatedPod[]>();
  readonly #claims: ReadonlySet<string>;

  constructor(plane: Plane, nodes: readonly Node[], claims: ReadonlySet<string>) {
    this.#plane = plane;
    this.#nodes = nodes;
    this.#claims = claims;
    this.#byName = new Map(nodes.map((node) => [node.metadata.name, node]));
    this.#load = new Map(nodes.map(({ metadata }) => [metadata.name, plane.index.countOn(metadata.name)]));
  }

  /** The node, or the sentence why there is none. */
  place(pod: SimulatedPod): { readonly node: string } | { readonly why: string } {
    const namespace = pod.metadata.namespace ?? '';
    const claim = (pod.spec.volumes ?? []).find(({ persistentVolumeClaim }) =>
      this.#claims.has(`${namespace}/${persistentVolumeClaim?.claimName ?? ''}`),
    );
    if (claim !== undefined) return { why: `${this.#of()}: pod has unbound immediate PersistentVolumeClaims.` };
    const refusals = new Map<Refusal, number>();
    const neighbours = this.#neighbours(pod, namespace);
    const owners = this.#ownersOf(pod);
    const always = this.#refusalsFor(pod);
    let best: string | undefined;
    let least = Infinity;
    for (const node of this.#nodes) {
      const { name } = node.metadata;
      const load = this.#load.get(name) ?? 0;
      const why =
        always.get(name) ??
        (neighbours === undefined ? undefined : neighbourRefusal(node, neighbours)) ??
        (load >= podsPerNode ? 'Too many pods' : undefined);
      if (why !== undefined) {
        refusals.set(why, (refusals.get(why) ?? 0) + 1);
        continue;
      }
      // Pods of one owner are spread first.
      const cost = (owners?.get(name) ?? 0) * podsPerNode + load;
      if (cost < least) [best, least] = [name, cost];
    }
    if (best === undefined) {
      const reasons = [...refusals].map(([reason, count]) => `${count} ${reason}`).sort();
      return { why: `${this.#of()}: ${reasons.length === 0 ? 'no nodes available' : reasons.join(', ')}.` };
    }
    this.#take(pod, best, owners);
    return { node: best };
  }

  #of(): string {
    return `0/${this.#nodes.length} nodes are available`;
  }

  /** Pods of one template have the same answer from every node. */
  #refusalsFor({ spec }: SimulatedPod): ReadonlyMap<string, Refusal> {
    const { nodeSelector, affinity, tolerations } = spec;
    const key = canonicalJson([nodeSelector, affinity?.nodeAffinity, tolerations]);
    const known = this.#refusals.get(key);
    if (known !== undefined) return known;
    const found = new Map<string, Refusal>();
    for (const node of this.#nodes) {
      const why = refusal(node, spec);
      if (why !== undefined) found.set(node.metadata.name, why);
    }
    this.#refusals.set(key, found);
    return found;
  }

  #neighbours(pod: SimulatedPod, namespace: string): Neighbours | undefined {
    const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
    if (podAffinity === undefined && podAntiAffinity === undefined) return undefined;
    const pods = [...this.#plane.index.in(namespace), ...(this.#placed.get(namespace) ?? [])];
    return neighboursOf(pod, pods, (node) => this.#byName.get(node)?.metadata.labels ?? {});
  }

  #ownersOf(pod: SimulatedPod): Map<string, number> | undefined {
    const owner = controllerOf(pod);
    if (owner === undefined) return undefined;
    const known = this.#ofOwner.get(owner.uid);
    if (known !== undefined) return known;
    const counts = new Map<string, number>();
    for (const { spec } of this.#plane.index.ownedBy({
      apiVersion: '',
      kind: '',
      metadata: { name: '', uid: owner.uid },
    }))
      if (spec.nodeName !== undefined) counts.set(spec.nodeName, (counts.get(spec.nodeName) ?? 0) + 1);
    this.#ofOwner.set(owner.uid, counts);
    return counts;
  }

  #take(pod: SimulatedPod, node: string, owners: Map<string, number> | undefined): void {
    this.#load.set(node, (this.#load.get(node) ?? 0) + 1);
    owners?.set(node, (owners.get(node) ?? 0) + 1);
    const namespace = pod.metadata.namespace ?? '';
    const placed = { ...pod, spec: { ...pod.spec, nodeName: node } };
    this.#placed.set(namespace, [...(this.#placed.get(namespace) ?? []), placed]);
  }
}

/** Claims that must be bound before a pod is placed: those of no class, of an unknown one, or of one that binds at once. */
async function claimsThatWait({ api }: Plane): Promise<ReadonlySet<string>> {
  const [claims, classes] = await Promise.all([api.list(ClaimKind), api.list(StorageClassKind)]);
  const late = new Set(
    classes
      .filter(({ volumeBindingMode }) => volumeBindingMode === 'WaitForFirstConsumer')
      .map((one) => one.metadata.name),
  );
  const waiting = claims.filter(
    ({ spec, status }) => status?.phase !== 'Bound' && !late.has(spec.storageClassName ?? ''),
  );
  return new Set(waiting.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
}

async function settle(
  plane: Plane,
  pod: SimulatedPod,
  placed: { readonly node: string } | { readonly why: string },
): Promise<void> {
  if ('node' in placed) return plane.api.patch(SimulatedPodKind, pod.metadata, { spec: { nodeName: placed.node } });
  const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (known?.message === placed.why) return undefined;
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: placed.why };
  const conditions = withCondition(pod.status?.conditions, condition, plane.clock.now());
  await plane.api.patch(SimulatedPodKind, pod.metadata, { status: { conditions } }, 'status');
  await tell(plane, pod, 'Warning', 'FailedScheduling', placed.why, 'default-scheduler');
}
