import type { KubeObject } from '@keelson/api';
import { sha256Json } from '@keelson/std';
import { type Chart, componentName, labelsOf, metadataOf, replicasOf } from './chart.js';
import { kubeObject, type SpecObject, type Workload } from './kubernetes.js';
import { type PodPart, podTemplate } from './pod.js';

/** On Jobs: changes with anything the Job runs with. A Job cannot be changed, so one with another hash is made anew. */
export const inputsHashAnnotation = 'openstack.lcm.mirantis.com/inputs-hash';

export interface ReplicatedPart extends PodPart {
  readonly name: string;
  /** Key below `pod.replicas`; the component when left out. */
  readonly replicasKey?: string;
  readonly defaultReplicas?: number;
}

/** A Deployment that is replaced without losing an instance before its successor is ready. */
export function deployment(chart: Chart, part: ReplicatedPart): Workload {
  const { name, component } = part;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(chart, name, component),
    spec: {
      replicas: replicasOf(chart, part.replicasKey ?? component, part.defaultReplicas),
      revisionHistoryLimit: 3,
      selector: { matchLabels: labelsOf(chart, component) },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: 1, maxSurge: part.spread === 'required' ? 0 : 1 },
      },
      template: podTemplate(chart, { spread: 'preferred', ...part }),
    },
  };
}

export interface ClaimPart {
  readonly name: string;
  readonly storageClass: string | undefined;
  readonly size: string;
}

export interface StatefulPart extends ReplicatedPart {
  /** The headless Service that names the pods. */
  readonly serviceName: string;
  readonly claims?: readonly ClaimPart[];
}

/** Its pods start all at once: members find each other themselves, and wait for a majority that an order would not let come. */
export function statefulSet(chart: Chart, part: StatefulPart): Workload {
  const { name, component, claims = [] } = part;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadataOf(chart, name, component),
    spec: {
      replicas: replicasOf(chart, part.replicasKey ?? component, part.defaultReplicas),
      serviceName: part.serviceName,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labelsOf(chart, component) },
      updateStrategy: { type: 'RollingUpdate' },
      template: podTemplate(chart, { spread: 'required', ...part }),
      ...(claims.length === 0 ? {} : { volumeClaimTemplates: claims.map((claim) => claimTemplate(claim)) }),
    },
  };
}

function claimTemplate({ name, storageClass, size }: ClaimPart): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: claimSpec(storageClass, size),
  };
}

function claimSpec(storageClass: string | undefined, size: string): Record<string, unknown> {
  return {
    accessModes: ['ReadWriteOnce'],
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    resources: { requests: { storage: size } },
  };
}

/** A claim of its own, such as for backups. */
export function volumeClaim(chart: Chart, { name, storageClass, size }: ClaimPart, component: string): SpecObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadataOf(chart, name, component),
    spec: claimSpec(storageClass, size),
  };
}

export interface JobPart extends PodPart {
  readonly name: string;
  /** How often a failed pod is followed by another; 6 when left out. */
  readonly retries?: number;
}

/** A Job. Its pods are kept on failure, so that their logs can be read. */
export function job(chart: Chart, part: JobPart): Workload {
  const spec = {
    backoffLimit: part.retries ?? 6,
    activeDeadlineSeconds: 1800,
    template: podTemplate(chart, { restart: 'Never', ...part }),
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...metadataOf(chart, part.name, part.component),
      annotations: { [inputsHashAnnotation]: sha256Json(spec) },
    },
    spec,
  };
}

/** A Job by the clock, never two at a time. */
export function cronJob(
  chart: Chart,
  part: JobPart & { readonly schedule: string; readonly suspend?: boolean },
): SpecObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadataOf(chart, part.name, part.component),
    spec: {
      schedule: part.schedule,
      ...(part.suspend === undefined ? {} : { suspend: part.suspend }),
      concurrencyPolicy: 'Forbid',
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      startingDeadlineSeconds: 600,
      jobTemplate: {
        metadata: { labels: labelsOf(chart, part.component) },
        spec: {
          backoffLimit: 2,
          activeDeadlineSeconds: 14_400,
          template: podTemplate(chart, { restart: 'Never', ...part }),
        },
      },
    },
  };
}

/** At least this many pods of a component stay when nodes are drained; nothing for a single one, which could never move. */
export function disruptionBudget(chart: Chart, component: string, replicas: number): KubeObject[] {
  if (replicas < 2) return [];
  return [
    kubeObject({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: metadataOf(chart, componentName(chart, component), component),
      spec: { minAvailable: replicas === 2 ? 1 : replicas - 1, selector: { matchLabels: labelsOf(chart, component) } },
    }),
  ];
}
