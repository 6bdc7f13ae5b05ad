import { isObject } from '../../schema/schema.js';
import { type FieldError, fieldInvalid, internally } from '../../status/status.js';
import type { Draft } from '../../storage/stored.js';
import { builtIn, textAt } from '../declare.js';
import type { KindDescriptor } from '../descriptor.js';
import {
  bytes,
  conditions,
  flag,
  freeForm,
  integer,
  intOrString,
  labelSelector,
  listOf,
  long,
  mapList,
  mapOf,
  open,
  plain,
  quantity,
  setOf,
  struct,
  text,
  texts,
  time,
} from '../schema-words.js';
import { withDefault } from './pod-spec.js';

const quantities = mapOf(quantity);

/** Nodes, and what bounds and orders the pods on them. */
export const clusterKinds: readonly KindDescriptor[] = [
  builtIn({
    kind: 'Node',
    cluster: true,
    shortNames: ['no'],
    hasStatus: true,
    members: {
      spec: plain(
        open({
          podCIDR: text,
          podCIDRs: setOf(text),
          providerID: text,
          unschedulable: flag,
          taints: listOf(struct({ key: text, value: text, effect: text, timeAdded: time })),
        }),
      ),
      status: plain(
        open({
          capacity: quantities,
          allocatable: quantities,
          conditions,
          addresses: mapList(['type'], struct({ type: text, address: text })),
          nodeInfo: plain(freeForm),
          images: listOf(struct({ names: texts, sizeBytes: long })),
          volumesInUse: texts,
          volumesAttached: listOf(struct({ name: text, devicePath: text })),
          daemonEndpoints: plain(freeForm),
        }),
      ),
    },
    selectableFields: { 'spec.unschedulable': (node) => textAt('spec', 'unschedulable')(node) || 'false' },
  }),
  builtIn({
    group: 'policy',
    kind: 'PodDisruptionBudget',
    shortNames: ['pdb'],
    hasStatus: true,
    countsGenerations: true,
    members: {
      spec: plain(
        struct({
          minAvailable: intOrString,
          maxUnavailable: intOrString,
          selector: labelSelector,
          unhealthyPodEvictionPolicy: text,
        }),
      ),
      status: plain(
        struct({
          observedGeneration: long,
          disruptedPods: mapOf(time),
          disruptionsAllowed: integer,
          currentHealthy: integer,
          desiredHealthy: integer,
          expectedPods: integer,
          conditions,
        }),
      ),
    },
    strategy: { validate: budgetErrors },
  }),
  builtIn({
    group: 'scheduling.k8s.io',
    kind: 'PriorityClass',
    plural: 'priorityclasses',
    cluster: true,
    shortNames: ['pc'],
    countsGenerations: true,
    members: {
      value: integer,
      globalDefault: flag,
      description: text,
      preemptionPolicy: withDefault(text, 'PreemptLowerPriority'),
    },
  }),
  builtIn({
    group: 'node.k8s.io',
    kind: 'RuntimeClass',
    plural: 'runtimeclasses',
    cluster: true,
    members: { handler: text, overhead: freeForm, scheduling: freeForm },
  }),
  builtIn({
    kind: 'ResourceQuota',
    shortNames: ['quota'],
    hasStatus: true,
    members: {
      spec: plain(struct({ hard: quantities, scopes: texts, scopeSelector: freeForm })),
      status: plain(struct({ hard: quantities, used: quantities })),
    },
  }),
  builtIn({
    kind: 'LimitRange',
    shortNames: ['limits'],
    members: { spec: plain(struct({ limits: listOf(open({ type: text })) })) },
  }),
  builtIn({
    group: 'autoscaling',
    version: 'v2',
    kind: 'HorizontalPodAutoscaler',
    shortNames: ['hpa'],
    categories: ['all'],
    hasStatus: true,
    members: {
      spec: plain(
        open({
          scaleTargetRef: struct({ apiVersion: text, kind: text, name: text }),
          minReplicas: withDefault(integer, 1),
          maxReplicas: integer,
          metrics: listOf(freeForm),
          behavior: freeForm,
        }),
      ),
      status: plain(open({ currentReplicas: integer, desiredReplicas: integer, conditions })),
    },
  }),
  builtIn({ kind: 'PodTemplate', members: { template: freeForm } }),
  builtIn({
    group: 'certificates.k8s.io',
    kind: 'CertificateSigningRequest',
    cluster: true,
    shortNames: ['csr'],
    hasStatus: true,
    members: {
      spec: plain(
        open({
          request: bytes,
          signerName: text,
          usages: texts,
          expirationSeconds: integer,
          username: text,
          uid: text,
          groups: texts,
          extra: mapOf(texts),
        }),
      ),
      status: plain(struct({ conditions, certificate: bytes })),
    },
  }),
];

/** A budget says how many must be there or how many may be missing, not both. */
function budgetErrors({ spec }: Draft): FieldError[] {
  if (!isObject(spec) || spec.minAvailable === undefined || spec.maxUnavailable === undefined) return [];
  const { minAvailable, selector, maxUnavailable, unhealthyPodEvictionPolicy = null } = spec;
  const shown = internally({ minAvailable, selector, maxUnavailable, unhealthyPodEvictionPolicy });
  return [fieldInvalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set')];
}
