import type { KubeObject } from '@keelson/api';
import type { ChildWrite } from '../clusters/child-api.js';
import type { SimulatedPod } from './kinds.js';
import { controllerOf, textOf } from './objects.js';

/** The pods of a cluster by what controllers ask for. It follows the writes, so that nobody walks all pods. */
export class ClusterIndex {
  readonly #pods = new Map<string, SimulatedPod>();
  readonly #byOwner = new Map<string, Map<string, SimulatedPod>>();
  readonly #byNode = new Map<string, Map<string, SimulatedPod>>();
  readonly #byNamespace = new Map<string, Map<string, SimulatedPod>>();
  /** Not on a node yet. */
  readonly #unbound = new Map<string, SimulatedPod>();

  apply(write: ChildWrite): void {
    if (write.resource !== 'pods') return;
    const key = `${write.namespace}/${write.name}`;
    const before = this.#pods.get(key);
    if (before !== undefined) this.#drop(key, before);
    if (write.type === 'put' && isPod(write.object)) this.add(write.object);
  }

  add(pod: SimulatedPod): void {
    const key = textOf(pod);
    this.#pods.set(key, pod);
    put(this.#byNamespace, pod.metadata.namespace ?? '', key, pod);
    const owner = controllerOf(pod)?.uid;
    if (owner !== undefined) put(this.#byOwner, owner, key, pod);
    if (pod.spec.nodeName === undefined || pod.spec.nodeName === '') this.#unbound.set(key, pod);
    else put(this.#byNode, pod.spec.nodeName, key, pod);
  }

  pod(key: string): SimulatedPod | undefined {
    return this.#pods.get(key);
  }

  all(): Iterable<SimulatedPod> {
    return this.#pods.values();
  }

  ownedBy(owner: KubeObject): readonly SimulatedPod[] {
    return [...(this.#byOwner.get(owner.metadata.uid ?? '')?.values() ?? [])];
  }

  onNode(node: string): readonly SimulatedPod[] {
    return [...(this.#byNode.get(node)?.values() ?? [])];
  }

  nodesWithPods(): Iterable<string> {
    return this.#byNode.keys();
  }

  countOn(node: string): number {
    return this.#byNode.get(node)?.size ?? 0;
  }

  in(namespace: string): Iterable<SimulatedPod> {
    return this.#byNamespace.get(namespace)?.values() ?? [];
  }

  unbound(): readonly SimulatedPod[] {
    return [...this.#unbound.values()];
  }

  #drop(key: string, pod: SimulatedPod): void {
    this.#pods.delete(key);
    this.#unbound.delete(key);
    take(this.#byNamespace, pod.metadata.namespace ?? '', key);
    take(this.#byOwner, controllerOf(pod)?.uid ?? '', key);
    take(this.#byNode, pod.spec.nodeName ?? '', key);
  }
}

/** What is stored under pods has been through the schema of pods. */
export function isPod(object: unknown): object is SimulatedPod {
  return typeof object === 'object' && object !== null && 'kind' in object && object.kind === 'Pod' && 'spec' in object;
}

function put(groups: Map<string, Map<string, SimulatedPod>>, group: string, key: string, pod: SimulatedPod): void {
  const members = groups.get(group);
  if (members === undefined) groups.set(group, new Map([[key, pod]]));
  else members.set(key, pod);
}

function take(groups: Map<string, Map<string, SimulatedPod>>, group: string, key: string): void {
  const members = groups.get(group);
  if (members?.delete(key) === true && members.size === 0) groups.delete(group);
}
