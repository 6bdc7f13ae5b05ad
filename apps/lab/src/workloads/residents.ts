import { type KubeObject, type Node, NamespaceKind, NodeKind } from '@keelson/api';
import { isFailure } from '@keelson/std';
import {
  type DaemonSet,
  DaemonSetKind,
  type Deployment,
  DeploymentKind,
  type PodTemplate,
  type StorageClass,
  StorageClassKind,
} from './kinds.js';
import { simulated } from './objects.js';
import type { Controller, Plane } from './plane.js';

export const residentNamespace = 'simulated';
/** One pod of it runs on every node, cordoned or not. */
export const daemonName = 'node-daemon';
/** Its pods run on workers; one that is evicted begins anew elsewhere. */
export const workloadName = 'workload';
const podsPerWorker = 2;
const controlPlaneLabel = 'node-role.kubernetes.io/control-plane';

const provisioner = 'keelson.dev/simulated';
/** The classes of a MOSK cluster: the default one of its storage, and those of local volumes. */
const storageClasses: readonly StorageClass[] = [
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'kubernetes-hdd',
      annotations: { ...simulated, 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner,
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'openstack-operator-bind-mounts', annotations: { ...simulated } },
    provisioner,
    volumeBindingMode: 'WaitForFirstConsumer',
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'tungstenfabric-operator-bind-mounts', annotations: { ...simulated } },
    provisioner,
    volumeBindingMode: 'WaitForFirstConsumer',
  },
];

/**
 * What is in every simulated cluster from the start: a daemon, and two pods for each worker, there to be drained; classes of
 * volumes.
 */
export function residents(plane: Plane): Controller {
  const workers = new Set<string>();
  return {
    name: 'residents',
    always: ['all'],
    concerns: ({ resource }) => (resource === 'nodes' ? ['all'] : []),
    async sync() {
      const nodes = await plane.api.list(NodeKind);
      if (nodes.length === 0) return undefined;
      const names = new Set(nodes.map(({ metadata }) => metadata.name));
      for (const name of workers) if (!names.has(name)) workers.delete(name);
      // Those that have been Ready once: a node that is lost for a while does not shrink the workload.
      for (const node of nodes) if (isWorker(node) && hasBeenReady(node)) workers.add(node.metadata.name);
      await settle(plane, workers.size * podsPerWorker);
      return undefined;
    },
  };
}

const isWorker = ({ metadata }: Node): boolean => metadata.labels?.[controlPlaneLabel] === undefined;

function hasBeenReady({ status }: Node): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status !== 'False') === true;
}

async function settle({ api }: Plane, replicas: number): Promise<void> {
  const key = { namespace: residentNamespace, name: workloadName };
  const present = await api.get(DeploymentKind, key);
  if (present?.spec.replicas === replicas) return;
  if (present !== undefined) return api.patch(DeploymentKind, key, { spec: { replicas } });
  for (const storage of storageClasses) await ignoringExisting(api.create(StorageClassKind, storage));
  await ignoringExisting(api.create(NamespaceKind, namespace()));
  await ignoringExisting(api.create(DaemonSetKind, daemon()));
  await ignoringExisting(api.create(DeploymentKind, workload(replicas)));
}

async function ignoringExisting(creating: Promise<void>): Promise<void> {
  await creating.catch((error: unknown) => {
    if (!isFailure(error, 'conflict')) throw error;
  });
}

function namespace(): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: residentNamespace, annotations: { ...simulated } } };
}

function templateOf(name: string, spec: Partial<PodTemplate['spec']>): PodTemplate {
  const containers = [{ name: 'simulated', image: 'simulated' }];
  return { metadata: { labels: { app: name } }, spec: { containers, ...spec } };
}

function named(name: string): Deployment['metadata'] {
  return { name, namespace: residentNamespace, labels: { app: name }, annotations: { ...simulated } };
}

function daemon(): DaemonSet {
  const template = templateOf(daemonName, { tolerations: [{ operator: 'Exists' }] });
  const selector = { matchLabels: { app: daemonName } };
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: named(daemonName), spec: { selector, template } };
}

function workload(replicas: number): Deployment {
  const term = { matchExpressions: [{ key: controlPlaneLabel, operator: 'DoesNotExist' }] };
  const required = { nodeSelectorTerms: [term] };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
  const template = templateOf(workloadName, { affinity });
  const selector = { matchLabels: { app: workloadName } };
  const spec = { replicas, selector, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: named(workloadName), spec };
}
