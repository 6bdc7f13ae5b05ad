import type { Kind, KubeObject, PodPlacement, SelectorRequirement } from '@keelson/api';

/** Workload kinds as the simulated controllers read and write them; only the members they use are typed. */

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly SelectorRequirement[];
}

export interface PodAffinityTerm {
  readonly labelSelector?: LabelSelector;
  readonly topologyKey: string;
  readonly namespaces?: readonly string[];
}

export type Affinity = NonNullable<PodPlacement['affinity']> & {
  readonly podAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
  readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
};

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly readinessProbe?: { readonly initialDelaySeconds?: number };
}

export interface PodSpec extends PodPlacement {
  readonly nodeName?: string;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly affinity?: Affinity;
  readonly hostNetwork?: boolean;
  readonly restartPolicy?: string;
  readonly volumes?: readonly {
    readonly name: string;
    readonly persistentVolumeClaim?: { readonly claimName: string };
    readonly secret?: { readonly secretName: string };
  }[];
  readonly terminationGracePeriodSeconds?: number;
  readonly hostname?: string;
  readonly subdomain?: string;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly lastUpdateTime?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  readonly ready: boolean;
  readonly started?: boolean;
  readonly restartCount: number;
  readonly state: {
    readonly waiting?: { readonly reason: string; readonly message?: string };
    readonly running?: { readonly startedAt: string };
    readonly terminated?: { readonly exitCode: number; readonly reason: string; readonly finishedAt?: string };
  };
  readonly lastState?: ContainerStatus['state'];
}

export interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly conditions?: readonly Condition[];
  readonly startTime?: string;
  readonly podIP?: string;
  readonly containerStatuses?: readonly ContainerStatus[];
}

export interface SimulatedPod extends KubeObject {
  readonly spec: PodSpec;
  readonly status?: PodStatus;
}

export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: PodSpec;
}

/** A number, or a percentage such as `25%`. */
export type Share = number | string;

interface Workload<Status> extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
  };
  readonly status?: Status;
}

export interface Counts {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly updatedReplicas?: number;
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

export interface Deployment extends Workload<Counts> {
  readonly spec: Workload<Counts>['spec'] & {
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxSurge?: Share; readonly maxUnavailable?: Share };
    };
    readonly paused?: boolean;
    readonly progressDeadlineSeconds?: number;
  };
}

export type ReplicaSet = Workload<Counts>;

export interface StatefulSetStatus extends Counts {
  readonly currentReplicas?: number;
  readonly currentRevision?: string;
  readonly updateRevision?: string;
}

export interface StatefulSet extends Workload<StatefulSetStatus> {
  readonly spec: Workload<StatefulSetStatus>['spec'] & {
    readonly serviceName?: string;
    readonly podManagementPolicy?: string;
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string }; readonly spec: unknown }[];
    readonly ordinals?: { readonly start?: number };
  };
}

export interface DaemonSetStatus {
  readonly desiredNumberScheduled?: number;
  readonly [count: string]: unknown;
}

export interface DaemonSet extends Workload<DaemonSetStatus> {
  readonly spec: Workload<DaemonSetStatus>['spec'] & {
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly maxUnavailable?: Share } };
  };
}

export interface ControllerRevision extends KubeObject {
  readonly revision: number;
  readonly data?: unknown;
}

export interface JobSpec {
  readonly parallelism?: number;
  readonly completions?: number;
  readonly backoffLimit?: number;
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
  readonly suspend?: boolean;
  readonly template: PodTemplate;
}

export interface Job extends KubeObject {
  readonly spec: JobSpec;
  readonly status?: {
    readonly active?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly Condition[];
  };
}

export interface CronJob extends KubeObject {
  readonly spec: {
    readonly schedule: string;
    readonly suspend?: boolean;
    readonly concurrencyPolicy?: string;
    readonly successfulJobsHistoryLimit?: number;
    readonly failedJobsHistoryLimit?: number;
    readonly jobTemplate: { readonly metadata?: PodTemplate['metadata']; readonly spec: JobSpec };
  };
  readonly status?: { readonly lastScheduleTime?: string; readonly active?: readonly unknown[] };
}

export interface Claim extends KubeObject {
  readonly spec: {
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly accessModes?: readonly string[];
    readonly volumeMode?: string;
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
  };
  readonly status?: { readonly phase?: string };
}

export interface StorageClass extends KubeObject {
  readonly provisioner: string;
  readonly reclaimPolicy?: string;
  readonly volumeBindingMode?: string;
}

export interface Volume extends KubeObject {
  readonly spec: {
    readonly claimRef?: {
      readonly apiVersion?: string;
      readonly kind?: string;
      readonly namespace?: string;
      readonly name?: string;
      readonly uid?: string;
    };
    readonly persistentVolumeReclaimPolicy?: string;
    readonly [member: string]: unknown;
  };
  readonly status?: { readonly phase?: string };
}

export interface Service extends KubeObject {
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly publishNotReadyAddresses?: boolean;
    readonly ports?: readonly {
      readonly name?: string;
      readonly port: number;
      readonly protocol?: string;
      readonly appProtocol?: string;
      readonly targetPort?: number | string;
    }[];
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

export interface EndpointSlice extends KubeObject {
  readonly addressType: string;
  readonly endpoints: readonly {
    readonly addresses: readonly string[];
    readonly conditions: { readonly ready: boolean; readonly serving: boolean; readonly terminating: boolean };
    readonly nodeName?: string;
    readonly targetRef?: {
      readonly kind: string;
      readonly namespace?: string;
      readonly name: string;
      readonly uid?: string;
    };
  }[];
  readonly ports: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[];
}

export interface Budget extends KubeObject {
  readonly spec: { readonly selector?: LabelSelector };
  readonly status?: Readonly<Record<string, unknown>>;
}

const apps = { group: 'apps', version: 'v1', scope: 'Namespaced', hasStatus: true } as const;
const batch = { ...apps, group: 'batch' } as const;
const core = { ...apps, group: '' } as const;

export const SimulatedPodKind: Kind<SimulatedPod> = { ...core, kind: 'Pod', plural: 'pods' };
export const DeploymentKind: Kind<Deployment> = { ...apps, kind: 'Deployment', plural: 'deployments' };
export const ReplicaSetKind: Kind<ReplicaSet> = { ...apps, kind: 'ReplicaSet', plural: 'replicasets' };
export const StatefulSetKind: Kind<StatefulSet> = { ...apps, kind: 'StatefulSet', plural: 'statefulsets' };
export const DaemonSetKind: Kind<DaemonSet> = { ...apps, kind: 'DaemonSet', plural: 'daemonsets' };
export const ControllerRevisionKind: Kind<ControllerRevision> = {
  ...apps,
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  hasStatus: false,
};
export const JobKind: Kind<Job> = { ...batch, kind: 'Job', plural: 'jobs' };
export const CronJobKind: Kind<CronJob> = { ...batch, kind: 'CronJob', plural: 'cronjobs' };
export const ClaimKind: Kind<Claim> = { ...core, kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims' };
export const VolumeKind: Kind<Volume> = {
  ...core,
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  scope: 'Cluster',
};
export const StorageClassKind: Kind<StorageClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  scope: 'Cluster',
  hasStatus: false,
};
export const ServiceKind: Kind<Service> = { ...core, kind: 'Service', plural: 'services' };
export const EndpointSliceKind: Kind<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  scope: 'Namespaced',
  hasStatus: false,
};
export const BudgetKind: Kind<Budget> = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  scope: 'Namespaced',
  hasStatus: true,
};
