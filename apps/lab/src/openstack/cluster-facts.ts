import type { Node } from '@keelson/api';
import { type Clock, rfc3339 } from '@keelson/std';
import type { ChildWrite } from '../clusters/child-api.js';
import { isPod } from '../workloads/cluster-index.js';
import type { SimulatedPod } from '../workloads/kinds.js';
import { isEnding, isReady } from '../workloads/objects.js';

export const openstackNamespace = 'openstack';
export const computeLabel = 'openstack-compute-node';
/** What a service row says for so long after its process has ended (nova's and cinder's service_down_time). */
const downAfterSeconds = 60;

/** A process of a service that reports itself: nova-compute on a node, an agent, a volume backend. */
export interface ProcessRow {
  readonly application: string;
  readonly component: string;
  /** The node of a daemon, the pod of anything else. */
  readonly host: string;
  readonly up: boolean;
  /** RFC 3339. */
  readonly updatedAt: string;
  /** Secrets whose files it reads. */
  readonly secrets: readonly string[];
}

/** What is stored under nodes has been through the schema of nodes. */
function isNode(object: { readonly kind: string }): object is Node {
  return object.kind === 'Node';
}

interface Seen {
  readonly application: string;
  readonly component: string;
  readonly host: string;
  readonly ready: Set<string>;
  readonly secrets: readonly string[];
  lastUp: number;
}

/** What the simulated OpenStack sees of the cluster that it runs in: which processes are up, which nodes are computes. */
export class ClusterFacts {
  /** Raised by every write that may change what is said here; time alone changes it too. */
  version = 0;
  readonly #clock: Clock;
  readonly #nodes = new Map<string, Node>();
  readonly #pods = new Map<string, SimulatedPod>();
  readonly #rows = new Map<string, Seen>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(writes: readonly ChildWrite[]): void {
    for (const write of writes) {
      if (write.resource === 'nodes' || write.resource === 'pods') this.version += 1;
      if (write.resource === 'nodes') this.#noteNode(write);
      if (write.resource !== 'pods' || write.namespace !== openstackNamespace || !isPod(write.object)) continue;
      if (write.type === 'delete') this.#pods.delete(write.name);
      else this.#pods.set(write.name, write.object);
      this.#noteProcess(write.name, write.object, write.type === 'put');
    }
  }

  /** Nodes that are computes, by their label. */
  computes(): readonly Node[] {
    return [...this.#nodes.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  /** Whether the host of a compute runs, whatever its nova-compute says of itself yet. */
  isAlive(host: string): boolean {
    const node = this.#nodes.get(host);
    return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  }

  /** Ready pods that a selector chooses. */
  readyPods(selector: Readonly<Record<string, string>>): readonly SimulatedPod[] {
    const labels = Object.entries(selector);
    if (labels.length === 0) return [];
    return [...this.#pods.values()].filter(
      (pod) => isReady(pod) && !isEnding(pod) && labels.every(([key, value]) => pod.metadata.labels?.[key] === value),
    );
  }

  /** A row that an operator removes; it comes back when its process reports itself. */
  forget(application: string, component: string, host: string): void {
    this.#rows.delete(`${application}/${component}/${host}`);
  }

  processes(application: string): readonly ProcessRow[] {
    const now = this.#clock.now();
    return [...this.#rows.values()]
      .filter((row) => row.application === application)
      .map(({ component, host, ready, secrets, lastUp }) => {
        const beat = ready.size > 0 ? now : lastUp;
        const up = now - beat < downAfterSeconds * 1000;
        return { application, component, host, secrets, up, updatedAt: rfc3339(beat) };
      });
  }

  /** Whether a node's nova-compute reports itself: its pod, or where no such DaemonSet exists the node. */
  isComputing(node: Node, processes: ReadonlyMap<string, ProcessRow>): boolean {
    const row = processes.get(node.metadata.name);
    if (row !== undefined) return row.up;
    return processes.size === 0 && this.isAlive(node.metadata.name);
  }

  #noteNode({ type, name, object }: ChildWrite): void {
    if (type === 'put' && isNode(object) && object.metadata.labels?.[computeLabel] === 'enabled')
      this.#nodes.set(name, object);
    else this.#nodes.delete(name);
  }

  /** As `cinder-manage service remove` does, for each line with binary and host. */
  #removeServices({ spec, status }: SimulatedPod): void {
    if (status?.phase !== 'Succeeded') return;
    const given = spec.containers.flatMap(({ env = [] }) => env).find(({ name }) => name === 'SERVICES')?.value ?? '';
    for (const line of given.split('\n'))
      for (const [key, { application, component, host }] of this.#rows)
        if (application === 'cinder' && line === `cinder-${component.split('-')[0] ?? ''} ${host}`)
          this.#rows.delete(key);
  }

  #noteProcess(name: string, pod: SimulatedPod, exists: boolean): void {
    const { application, component } = pod.metadata.labels ?? {};
    if (application === undefined || component === undefined) return;
    const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true)?.kind;
    if (owner === 'Job') {
      if (application === 'cinder' && component === 'service-remove') this.#removeServices(pod);
      return;
    }
    const host = owner === 'DaemonSet' ? (pod.spec.nodeName ?? '') : name;
    if (host === '') return;
    const key = `${application}/${component}/${host}`;
    const isUp = exists && isReady(pod) && !isEnding(pod);
    const row = this.#rows.get(key);
    if (row === undefined) {
      if (isUp)
        this.#rows.set(key, {
          application,
          component,
          host,
          ready: new Set([name]),
          secrets: secretsOf(pod),
          lastUp: this.#clock.now(),
        });
      return;
    }
    if (row.ready.has(name)) row.lastUp = this.#clock.now();
    if (isUp) row.ready.add(name);
    else row.ready.delete(name);
    // Pods of Deployments do not come back under their name: their rows go with them, as an operator purges them.
    if (!exists && owner !== 'DaemonSet' && row.ready.size === 0) this.#rows.delete(key);
  }
}

function secretsOf({ spec }: SimulatedPod): readonly string[] {
  return (spec.volumes ?? []).flatMap(({ secret }) => (secret === undefined ? [] : [secret.secretName]));
}
