import {
  bool,
  embedded,
  int,
  intOrString,
  many,
  type MessageType,
  one,
  pointer,
  quantityMap,
  text,
  textMap,
  texts,
} from './fields.js';
import { labelSelector, localReference, metadata } from './meta.js';

const containerPort: MessageType = {
  1: text('name'),
  2: int('hostPort'),
  3: int('containerPort'),
  4: text('protocol'),
  5: text('hostIP'),
};

const keyReference: MessageType = { 1: embedded(() => localReference), 2: text('key'), 3: pointer(bool('optional')) };
const envVar: MessageType = {
  1: text('name'),
  2: text('value'),
  3: pointer(
    one('valueFrom', () => ({
      1: pointer(one('fieldRef', () => ({ 1: text('apiVersion'), 2: text('fieldPath') }))),
      3: pointer(one('configMapKeyRef', () => keyReference)),
      4: pointer(one('secretKeyRef', () => keyReference)),
    })),
  ),
};

const container: MessageType = {
  1: text('name'),
  2: text('image'),
  3: texts('command'),
  4: texts('args'),
  5: text('workingDir'),
  6: many('ports', () => containerPort),
  7: many('env', () => envVar),
  8: one('resources', () => ({ 1: quantityMap('limits'), 2: quantityMap('requests') })),
  9: many('volumeMounts', () => ({ 1: text('name'), 2: bool('readOnly'), 3: text('mountPath'), 4: text('subPath') })),
  13: text('terminationMessagePath'),
  14: text('imagePullPolicy'),
  16: bool('stdin'),
  17: bool('stdinOnce'),
  18: bool('tty'),
  20: text('terminationMessagePolicy'),
};

const podSpec: MessageType = {
  2: many('containers', () => container),
  3: text('restartPolicy'),
  4: pointer(int('terminationGracePeriodSeconds')),
  5: pointer(int('activeDeadlineSeconds')),
  6: text('dnsPolicy'),
  7: textMap('nodeSelector'),
  8: text('serviceAccountName'),
  9: text('serviceAccount'),
  10: text('nodeName'),
  11: bool('hostNetwork'),
  12: bool('hostPID'),
  13: bool('hostIPC'),
  15: many('imagePullSecrets', () => localReference),
  16: text('hostname'),
  17: text('subdomain'),
  19: text('schedulerName'),
  20: many('initContainers', () => container),
  21: pointer(bool('automountServiceAccountToken')),
  22: many('tolerations', () => ({
    1: text('key'),
    2: text('operator'),
    3: text('value'),
    4: text('effect'),
    5: pointer(int('tolerationSeconds')),
  })),
  24: text('priorityClassName'),
  25: pointer(int('priority')),
};

const podTemplate: MessageType = { 1: metadata, 2: one('spec', () => podSpec) };

const deploymentSpec: MessageType = {
  1: pointer(int('replicas')),
  2: pointer(one('selector', () => labelSelector)),
  3: one('template', () => podTemplate),
  4: one('strategy', () => ({
    1: text('type'),
    2: pointer(one('rollingUpdate', () => ({ 1: intOrString('maxUnavailable'), 2: intOrString('maxSurge') }))),
  })),
  5: int('minReadySeconds'),
  6: pointer(int('revisionHistoryLimit')),
  7: bool('paused'),
  9: pointer(int('progressDeadlineSeconds')),
};

const jobSpec: MessageType = {
  1: pointer(int('parallelism')),
  2: pointer(int('completions')),
  3: pointer(int('activeDeadlineSeconds')),
  4: pointer(one('selector', () => labelSelector)),
  5: pointer(bool('manualSelector')),
  6: one('template', () => podTemplate),
  7: pointer(int('backoffLimit')),
  8: pointer(int('ttlSecondsAfterFinished')),
};

const cronJobSpec: MessageType = {
  1: text('schedule'),
  2: pointer(int('startingDeadlineSeconds')),
  3: text('concurrencyPolicy'),
  4: pointer(bool('suspend')),
  5: one('jobTemplate', () => ({ 1: metadata, 2: one('spec', () => jobSpec) })),
  6: pointer(int('successfulJobsHistoryLimit')),
  7: pointer(int('failedJobsHistoryLimit')),
  8: pointer(text('timeZone')),
};

const serviceSpec: MessageType = {
  1: many('ports', () => ({
    1: text('name'),
    2: text('protocol'),
    3: int('port'),
    4: intOrString('targetPort'),
    5: int('nodePort'),
    6: pointer(text('appProtocol')),
  })),
  2: textMap('selector'),
  3: text('clusterIP'),
  4: text('type'),
  5: texts('externalIPs'),
  7: text('sessionAffinity'),
  8: text('loadBalancerIP'),
  10: text('externalName'),
};

const ingressBackend: MessageType = {
  4: pointer(
    one('service', () => ({ 1: text('name'), 2: one('port', () => ({ 1: text('name'), 2: int('number') })) })),
  ),
};
const ingressPaths: MessageType = {
  1: many('paths', () => ({ 1: text('path'), 2: one('backend', () => ingressBackend), 3: pointer(text('pathType')) })),
};
const ingressSpec: MessageType = {
  1: pointer(one('defaultBackend', () => ingressBackend)),
  2: many('tls', () => ({ 1: texts('hosts'), 2: text('secretName') })),
  3: many('rules', () => ({ 1: text('host'), 2: embedded(() => ({ 1: pointer(one('http', () => ingressPaths)) })) })),
  4: pointer(text('ingressClassName')),
};

const withSpec = (spec: MessageType): MessageType => ({ 1: metadata, 2: one('spec', () => spec) });

/** The workload kinds that kubectl makes by itself. */
export const workloadTypes: Readonly<Record<string, MessageType>> = {
  'v1/Pod': withSpec(podSpec),
  'v1/Service': withSpec(serviceSpec),
  'v1/ResourceQuota': withSpec({ 1: quantityMap('hard'), 2: texts('scopes') }),
  'v1/Binding': { 1: metadata, 2: one('target', () => ({ 1: text('kind'), 3: text('name') })) },
  'apps/v1/Deployment': withSpec(deploymentSpec),
  'batch/v1/Job': withSpec(jobSpec),
  'batch/v1/CronJob': withSpec(cronJobSpec),
  'networking.k8s.io/v1/Ingress': withSpec(ingressSpec),
  'policy/v1/PodDisruptionBudget': withSpec({
    1: intOrString('minAvailable'),
    2: pointer(one('selector', () => labelSelector)),
    3: intOrString('maxUnavailable'),
  }),
  'scheduling.k8s.io/v1/PriorityClass': {
    1: metadata,
    2: int('value'),
    3: bool('globalDefault'),
    4: text('description'),
    5: pointer(text('preemptionPolicy')),
  },
};
