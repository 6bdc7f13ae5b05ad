import type { Kind, KubeObject, OwnerReference, Pod } from '@keelson/api';
import { rfc3339 } from '@keelson/std';

/** The parts of apps/v1 that the lab writes: owners for its pods, so that `kubectl drain` knows what to make of them. */
export interface PodOwner extends KubeObject {
  spec: { selector: { matchLabels: Record<string, string> }; template: unknown; replicas?: number };
  status?: Record<string, unknown>;
}

const apps = { group: 'apps', version: 'v1', scope: 'Namespaced', hasStatus: true } as const;
export const DaemonSetKind: Kind<PodOwner> = { ...apps, kind: 'DaemonSet', plural: 'daemonsets' };
export const ReplicaSetKind: Kind<PodOwner> = { ...apps, kind: 'ReplicaSet', plural: 'replicasets' };

export const podNamespace = 'simulated';
/** One pod of it runs on every node, cordoned or not. */
export const daemonName = 'node-daemon';
/** Its pods run on workers; one that is evicted begins anew elsewhere. */
export const workloadName = 'workload';
export const podsPerWorker = 2;

const simulated = { 'keelson.dev/simulated': 'simulated by the Keelson lab; no container runs' };

export function daemonSet(): PodOwner {
  return ownerOf('DaemonSet', daemonName, {});
}

export function replicaSet(): PodOwner {
  return ownerOf('ReplicaSet', workloadName, { replicas: 0 });
}

/** The Namespace of all of them. */
export function podNamespaceObject(): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: podNamespace, annotations: { ...simulated } } };
}

/** A pod as its owner makes it, on the node that was chosen for it. */
export function podOf(owner: PodOwner, name: string, node: string): Pod {
  const { apiVersion, kind, metadata } = owner;
  const reference: OwnerReference = {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: podNamespace,
      labels: labelsOf(metadata.name),
      annotations: { ...simulated },
      ownerReferences: [reference],
    },
    spec: { ...podSpec(), nodeName: node, ...(kind === 'DaemonSet' ? { tolerations: [{ operator: 'Exists' }] } : {}) },
  };
}

/** The status of a pod whose containers run. */
export function runningStatus(now: number): NonNullable<Pod['status']> {
  const at = rfc3339(now);
  const isTrue = (type: string) => ({ type, status: 'True' as const, lastTransitionTime: at });
  return {
    phase: 'Running',
    startTime: at,
    conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map(isTrue),
    containerStatuses: [
      {
        name: 'simulated',
        image: 'simulated',
        imageID: '',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: at } },
      },
    ],
  };
}

function ownerOf(kind: 'DaemonSet' | 'ReplicaSet', name: string, more: { replicas?: number }): PodOwner {
  const labels = labelsOf(name);
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: podNamespace, labels, annotations: { ...simulated } },
    spec: { ...more, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec() } },
  };
}

function podSpec(): NonNullable<Pod['spec']> {
  return { containers: [{ name: 'simulated', image: 'simulated' }], terminationGracePeriodSeconds: 30 };
}

function labelsOf(name: string): Record<string, string> {
  return { app: name };
}
