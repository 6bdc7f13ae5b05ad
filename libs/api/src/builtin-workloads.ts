import type { Kind } from './kind.js';
import type { KubeObject } from './object.js';
import type { PodPlacement } from './placement.js';

/** Kubernetes' workloads and what goes with them, as far as Keelson reads their status; the rest is kept as it is. */

interface PodSelector {
  matchLabels?: Record<string, string>;
}
export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: PodPlacement & Record<string, unknown>;
}
export interface WorkloadCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}
export interface Deployment extends KubeObject {
  spec?: {
    replicas?: number;
    selector?: PodSelector;
    template?: PodTemplate;
    paused?: boolean;
    progressDeadlineSeconds?: number;
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    unavailableReplicas?: number;
    conditions?: WorkloadCondition[];
  };
}
export interface StatefulSet extends KubeObject {
  spec?: {
    replicas?: number;
    selector?: PodSelector;
    template?: PodTemplate;
    updateStrategy?: { type?: string };
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    currentRevision?: string;
    updateRevision?: string;
  };
}
export interface DaemonSet extends KubeObject {
  spec?: { selector?: PodSelector; template?: PodTemplate; updateStrategy?: { type?: string } };
  status?: {
    observedGeneration?: number;
    desiredNumberScheduled?: number;
    numberMisscheduled?: number;
    updatedNumberScheduled?: number;
    numberReady?: number;
    numberAvailable?: number;
  };
}
export interface Job extends KubeObject {
  spec?: { backoffLimit?: number; template?: PodTemplate };
  status?: { active?: number; succeeded?: number; failed?: number; conditions?: WorkloadCondition[] };
}
export interface PersistentVolumeClaim extends KubeObject {
  spec?: { storageClassName?: string; volumeName?: string };
  status?: { phase?: string };
}
export interface StorageClass extends KubeObject {
  allowVolumeExpansion?: boolean;
}
interface NodeSelectorRequirement {
  key: string;
  operator: string;
  values?: string[];
}
export interface PersistentVolume extends KubeObject {
  spec?: {
    claimRef?: { namespace?: string; name?: string; uid?: string };
    nodeAffinity?: {
      required?: {
        nodeSelectorTerms?: {
          matchExpressions?: NodeSelectorRequirement[];
          matchFields?: NodeSelectorRequirement[];
        }[];
      };
    };
    local?: { path?: string };
    hostPath?: { path?: string };
  };
  status?: { phase?: string };
}

const apps = { group: 'apps', version: 'v1', scope: 'Namespaced', hasStatus: true } as const;
const batch = { group: 'batch', version: 'v1', scope: 'Namespaced', hasStatus: true } as const;
const networking = { group: 'networking.k8s.io', version: 'v1', scope: 'Namespaced' } as const;

export const DeploymentKind: Kind<Deployment> = { ...apps, kind: 'Deployment', plural: 'deployments' };
export const StatefulSetKind: Kind<StatefulSet> = { ...apps, kind: 'StatefulSet', plural: 'statefulsets' };
export const DaemonSetKind: Kind<DaemonSet> = { ...apps, kind: 'DaemonSet', plural: 'daemonsets' };
export const JobKind: Kind<Job> = { ...batch, kind: 'Job', plural: 'jobs' };
export const CronJobKind: Kind = { ...batch, kind: 'CronJob', plural: 'cronjobs' };
export const ServiceKind: Kind = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  scope: 'Namespaced',
  hasStatus: true,
};
export const PersistentVolumeClaimKind: Kind<PersistentVolumeClaim> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  scope: 'Namespaced',
  hasStatus: true,
};
export const PersistentVolumeKind: Kind<PersistentVolume> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  scope: 'Cluster',
  hasStatus: true,
};
export const StorageClassKind: Kind<StorageClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  scope: 'Cluster',
  hasStatus: false,
};
export const PodDisruptionBudgetKind: Kind = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  scope: 'Namespaced',
  hasStatus: true,
};
export const NetworkPolicyKind: Kind = {
  ...networking,
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  hasStatus: false,
};
export const IngressKind: Kind = { ...networking, kind: 'Ingress', plural: 'ingresses', hasStatus: true };
export const IngressClassKind: Kind = {
  ...networking,
  scope: 'Cluster',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  hasStatus: false,
};

/** Kinds of this file that workloads are written as; their volumes are made by others. */
export const workloadKinds: readonly Kind[] = [
  DeploymentKind,
  StatefulSetKind,
  DaemonSetKind,
  JobKind,
  CronJobKind,
  ServiceKind,
  PersistentVolumeClaimKind,
  PodDisruptionBudgetKind,
  NetworkPolicyKind,
  IngressKind,
  IngressClassKind,
];
