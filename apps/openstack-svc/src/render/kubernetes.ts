import type { KubeObject, ObjectMeta } from '@keelson/api';

/** Kubernetes' workload types, as far as they are rendered (core/v1, apps/v1, batch/v1). */

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    secretKeyRef?: { name: string; key: string; optional?: boolean };
    fieldRef?: { fieldPath: string };
  };
}

export interface VolumeMount {
  name: string;
  mountPath: string;
  subPath?: string;
  readOnly?: boolean;
  mountPropagation?: 'Bidirectional' | 'HostToContainer';
}

export interface Volume {
  name: string;
  secret?: { secretName: string; defaultMode?: number; optional?: boolean };
  configMap?: { name: string; defaultMode?: number; optional?: boolean };
  emptyDir?: { medium?: string; sizeLimit?: string };
  hostPath?: { path: string; type?: string };
  persistentVolumeClaim?: { claimName: string };
  nfs?: { server: string; path: string };
}

export interface Probe {
  httpGet?: { path: string; port: number; scheme?: string };
  tcpSocket?: { port: number };
  exec?: { command: string[] };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
}

export interface Resources {
  requests: Record<string, string>;
  limits: Record<string, string>;
}

export interface Container {
  name: string;
  image: string;
  imagePullPolicy: string;
  command: string[];
  env?: EnvVar[];
  ports?: { name: string; containerPort: number; protocol: string }[];
  resources: Resources;
  securityContext: Record<string, unknown>;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: { preStop: { exec: { command: string[] } } };
  volumeMounts?: VolumeMount[];
}

export interface NodeRequirement {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  values?: string[];
}

export interface PodTemplate {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown> & { containers: Container[] };
}

export interface LabelSelector {
  matchLabels: Record<string, string>;
}

export interface Workload extends KubeObject {
  spec: Record<string, unknown> & { template: PodTemplate };
}

export interface SpecObject extends KubeObject {
  metadata: ObjectMeta;
  spec: Record<string, unknown>;
}

/** An object with all of its members, where the type asked for names fewer. */
export function kubeObject<T extends KubeObject>(object: T): T {
  return object;
}
