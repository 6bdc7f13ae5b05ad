import { type Kind, type KubeObject, NamespaceKind, type Node, NodeKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { VirtualClock, seededRandom, silentLog } from '@keelson/std';
import { engineKubeApi } from '@keelson/testing';
import type { ChildApi } from '../clusters/child-api.js';
import { engineBehind, engineChildApi } from '../clusters/engine-child-api.js';
import { conditionsOf } from '../clusters/node.js';
import { Faults } from '../faults/faults.js';
import { Pace } from '../world/pace.js';
import { type SimulatedPod, SimulatedPodKind } from './kinds.js';
import { isReady } from './objects.js';
import { Workloads } from './workloads.js';

/** A simulated cluster whose nodes and kubelets a test holds in its hand, under virtual time. */
export interface SimulatedCluster {
  readonly clock: VirtualClock;
  readonly api: ChildApi;
  /** As clients of the cluster see it. */
  readonly kube: KubeApi;
  readonly faults: Faults;
  /** Pods of a namespace that live, in the order of their names. */
  readonly pods: (namespace?: string) => Promise<readonly SimulatedPod[]>;
  readonly readyPods: (namespace?: string) => Promise<readonly string[]>;
  /** Lets this many seconds pass. */
  readonly pass: (seconds: number) => Promise<void>;
  readonly addNode: (name: string, labels?: Readonly<Record<string, string>>) => Promise<void>;
  /** The host of a node goes down or comes back; its Node is marked as the lab's control plane does it. */
  readonly hostDown: (name: string) => Promise<void>;
  readonly hostUp: (name: string) => Promise<void>;
  readonly create: (...objects: readonly KubeObject[]) => Promise<void>;
  readonly status: <T extends KubeObject & { readonly status?: unknown }>(
    kind: Kind<T>,
    name: string,
  ) => Promise<T['status']>;
}

export const namespace = 'shop';

export async function aSimulatedCluster(nodes: number, clock = new VirtualClock()): Promise<SimulatedCluster> {
  const pki = { caCertificate: '', serverCertificate: '', serverKey: '' };
  const api = engineChildApi({ clock, random: seededRandom('api'), log: silentLog })(pki, {});
  const faults = new Faults(clock);
  const up = new Map<string, { restartedAt: number | undefined }>();
  const workloads = new Workloads({
    clock,
    api,
    faults,
    log: silentLog,
    random: seededRandom('workloads'),
    seed: 'workloads',
    pace: new Pace(),
    answers: () => true,
    kubelet: (node) => up.get(node),
  });
  workloads.begin([]);
  const kube = engineKubeApi(await engineBehind(api));
  const mark = (name: string, status: 'True' | 'Unknown'): Promise<void> =>
    api.patch(NodeKind, { name }, { status: { conditions: conditionsOf(status, 'Test', '', clock.now()) } }, 'status');
  const cluster: SimulatedCluster = {
    clock,
    api,
    kube,
    faults,
    pods: (within = namespace) => api.list(SimulatedPodKind, within),
    async readyPods(within = namespace) {
      return (await api.list(SimulatedPodKind, within)).filter(isReady).map(({ metadata }) => metadata.name);
    },
    pass: (seconds) => clock.advance(seconds * 1000),
    async addNode(name, labels = {}) {
      up.set(name, { restartedAt: undefined });
      await api.create(NodeKind, aNode(name, labels));
      await mark(name, 'True');
    },
    async hostDown(name) {
      up.delete(name);
      await mark(name, 'Unknown');
    },
    async hostUp(name) {
      up.set(name, { restartedAt: clock.now() });
      await mark(name, 'True');
      workloads.kubeletStarted(name);
    },
    async create(...objects) {
      for (const object of objects) await kube.create(object);
    },
    async status(kind, name) {
      return (await api.get(kind, { namespace, name }))?.status;
    },
  };
  await api.create(NamespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  for (let n = 1; n <= nodes; n += 1) await cluster.addNode(`n${n}`);
  return cluster;
}

function aNode(name: string, labels: Readonly<Record<string, string>>): Node {
  const addresses = [{ type: 'InternalIP', address: '127.20.0.9' }];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    status: { addresses },
  };
}

/** An object of a kind that nobody has typed here. */
export function anObject(apiVersion: string, kind: string, metadata: KubeObject['metadata'], spec: object): KubeObject {
  const object = { apiVersion, kind, metadata, spec };
  return object;
}

/** A pod template of one container, labelled `app: <name>`. */
export function template(name: string, image = 'shop:1', more: object = {}) {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }], ...more } };
}

/** A workload of the shop whose pods are labelled `app: <name>`. */
export function workload(kind: string, name: string, spec: object, pod = template(name)): KubeObject {
  const selector = { matchLabels: { app: name } };
  return anObject('apps/v1', kind, { name, namespace }, { selector, template: pod, ...spec });
}
