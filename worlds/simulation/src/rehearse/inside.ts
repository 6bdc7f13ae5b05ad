import {
  ClusterWorkloadLockKind,
  type DaemonSet,
  DaemonSetKind,
  type Deployment,
  DeploymentKind,
  type Kind,
  type KubeObject,
  NamespaceKind,
  type Node,
  NodeKind,
  NodeWorkloadLockKind,
  openstackNodeAnnotations,
  type Pod,
  PodDisruptionBudgetKind,
  PodKind,
  type PodTemplate,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';

/**
 * Reads from the cluster's own API what can hold its update up: locks of workloads, disruption budgets, and the workloads
 * whose pods these protect. Read, never written. Of workloads and pods only what decides where they run and how many there
 * must be is taken: no environment, no arguments, no volumes, no annotations, which may hold secrets.
 *
 * @throws Failure when it does not answer
 */
export async function readInside(api: KubeApi): Promise<readonly KubeObject[]> {
  const all = async <T extends KubeObject>(kind: Kind<T>, taken: (object: T) => readonly KubeObject[]) =>
    (await api.list(kind)).items.flatMap(taken);
  return [
    ...(await all(NamespaceKind, (namespace) => [bare(namespace)])),
    ...(await all(NodeKind, nodeMarks)),
    ...(await all(PodDisruptionBudgetKind, (budget) => [bare(budget, specOf(budget))])),
    ...(await all(DaemonSetKind, workload)),
    ...(await all(DeploymentKind, workload)),
    ...(await all(StatefulSetKind, workload)),
    ...(await all(PodKind, loosePod)),
    ...(await all(ClusterWorkloadLockKind, (lock) => [lock])),
    ...(await all(NodeWorkloadLockKind, (lock) => [lock])),
  ];
}

/** Name, namespace and labels, and the spec that is given. */
function bare({ apiVersion, kind, metadata }: KubeObject, spec?: unknown): KubeObject {
  const { name, namespace, labels = {} } = metadata;
  const object = { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels } };
  return spec === undefined ? object : Object.assign(object, { spec });
}

function specOf(object: KubeObject): unknown {
  return 'spec' in object ? object.spec : undefined;
}

/**
 * What schedulers look at, and how instances leave; labels of Kubernetes itself the simulated kubelet sets.
 */
function nodeMarks({ apiVersion, kind, metadata }: Node): readonly KubeObject[] {
  const labels = Object.entries(metadata.labels ?? {}).filter(
    ([key]) => !/(^|\.)kubernetes\.io\/|^keelson\.dev\//.test(key),
  );
  const annotations = picked(metadata.annotations ?? {}, Object.values(openstackNodeAnnotations));
  if (labels.length === 0 && Object.keys(annotations).length === 0) return [];
  return [{ apiVersion, kind, metadata: { name: metadata.name, labels: Object.fromEntries(labels), annotations } }];
}

const ofWorkload = ['replicas', 'selector', 'minReadySeconds', 'serviceName', 'podManagementPolicy'] as const;
const ofStrategy = ['strategy', 'updateStrategy'] as const;

function workload(object: DaemonSet | Deployment | StatefulSet): readonly KubeObject[] {
  const spec: Readonly<Record<string, unknown>> = { ...object.spec };
  const { metadata, spec: pod = {} }: PodTemplate = object.spec?.template ?? {};
  const template = { metadata: { labels: metadata?.labels ?? {} }, spec: podSpec(pod) };
  return [bare(object, { ...picked(spec, [...ofWorkload, ...ofStrategy]), template })];
}

/** Pods that nobody makes anew; those of workloads come with them, and mirrors of static pods and finished ones do not matter. */
function loosePod(pod: Pod): readonly KubeObject[] {
  const { metadata, spec, status } = pod;
  const isMade = (metadata.ownerReferences ?? []).length > 0;
  const isMirror = metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
  if (isMade || isMirror || spec === undefined || (status?.phase !== 'Running' && status?.phase !== 'Pending'))
    return [];
  return [bare(pod, { ...podSpec(spec), nodeName: spec.nodeName })];
}

const ofPod = [
  'nodeSelector',
  'affinity',
  'tolerations',
  'topologySpreadConstraints',
  'terminationGracePeriodSeconds',
] as const;

function podSpec(spec: Readonly<Record<string, unknown>>): object {
  const containers = Array.isArray(spec['containers']) ? spec['containers'].length : 1;
  return {
    ...picked(spec, ofPod),
    containers: Array.from({ length: containers }, (_, i) => ({ name: `rehearsed-${i + 1}`, image: 'rehearsed' })),
  };
}

function picked<T>(from: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])));
}
