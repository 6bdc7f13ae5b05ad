import { equalJson } from '@keelson/std';
import { isObject } from '../../schema/schema.js';
import { fromLabelSelectorObject, matchesLabels } from '../../selector/label-selector.js';
import { type FieldError, fieldInvalid, fieldRequired } from '../../status/status.js';
import type { Draft, Stored } from '../../storage/stored.js';
import { builtIn } from '../declare.js';
import type { KindDescriptor, Strategy } from '../descriptor.js';
import {
  anything,
  conditions,
  flag,
  freeForm,
  integer,
  intOrString,
  labelSelector,
  listOf,
  long,
  open,
  plain,
  struct,
  text,
} from '../schema-words.js';
import { podSpecErrors } from './pod.js';
import { podTemplate, withDefault } from './pod-spec.js';

const group = 'apps';
const scale = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.spec.selector',
};
const counted = {
  replicas: integer,
  readyReplicas: integer,
  availableReplicas: integer,
  updatedReplicas: integer,
  unavailableReplicas: integer,
  observedGeneration: long,
  collisionCount: integer,
  conditions,
};
const strategy: Strategy = { validate: workloadErrors };
const common = { group, categories: ['all'], hasStatus: true, countsGenerations: true, strategy } as const;
const replicas = withDefault(integer, 1);

const rollingUpdate = (unavailable: unknown, surge: unknown) =>
  withDefault(
    open({
      type: text,
      rollingUpdate: open({ maxUnavailable: intOrString, maxSurge: intOrString, partition: integer }),
    }),
    {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: unavailable, maxSurge: surge },
    },
  );

/** Its controller does not run here: whoever runs the processes (Keelson's supervisor, the lab) writes the status. */
export const deploymentKind = builtIn({
  ...common,
  kind: 'Deployment',
  shortNames: ['deploy'],
  scale,
  members: {
    spec: plain(
      struct({
        replicas,
        selector: labelSelector,
        template: podTemplate,
        strategy: plain(rollingUpdate('25%', '25%')),
        minReadySeconds: integer,
        revisionHistoryLimit: withDefault(integer, 10),
        paused: flag,
        progressDeadlineSeconds: withDefault(integer, 600),
      }),
    ),
    status: plain(open(counted)),
  },
});

/** The rest of apps/v1, likewise. */
export const appsKinds: readonly KindDescriptor[] = [
  builtIn({
    ...common,
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    scale,
    members: {
      spec: plain(struct({ replicas, selector: labelSelector, template: podTemplate, minReadySeconds: integer })),
      status: plain(open({ ...counted, fullyLabeledReplicas: integer })),
    },
  }),
  builtIn({
    ...common,
    kind: 'StatefulSet',
    shortNames: ['sts'],
    scale,
    members: {
      spec: plain(
        struct({
          replicas,
          selector: labelSelector,
          template: podTemplate,
          serviceName: text,
          podManagementPolicy: withDefault(text, 'OrderedReady'),
          updateStrategy: plain(
            withDefault(open({ type: text, rollingUpdate: freeForm }), {
              type: 'RollingUpdate',
              rollingUpdate: { partition: 0 },
            }),
          ),
          volumeClaimTemplates: listOf(freeForm),
          revisionHistoryLimit: withDefault(integer, 10),
          minReadySeconds: integer,
          persistentVolumeClaimRetentionPolicy: freeForm,
          ordinals: freeForm,
        }),
      ),
      status: plain(open({ ...counted, currentReplicas: integer, currentRevision: text, updateRevision: text })),
    },
  }),
  builtIn({
    ...common,
    kind: 'DaemonSet',
    shortNames: ['ds'],
    members: {
      spec: plain(
        struct({
          selector: labelSelector,
          template: podTemplate,
          updateStrategy: plain(rollingUpdate(1, 0)),
          minReadySeconds: integer,
          revisionHistoryLimit: withDefault(integer, 10),
        }),
      ),
      status: plain(
        open({
          conditions,
          currentNumberScheduled: integer,
          desiredNumberScheduled: integer,
          numberReady: integer,
          numberAvailable: integer,
          numberUnavailable: integer,
          numberMisscheduled: integer,
          updatedNumberScheduled: integer,
          observedGeneration: long,
        }),
      ),
    },
  }),
  builtIn({ group, kind: 'ControllerRevision', members: { data: anything, revision: long } }),
];

function workloadErrors(object: Draft, before: Stored | undefined): FieldError[] {
  const spec = isObject(object.spec) ? object.spec : {};
  const template = isObject(spec.template) ? spec.template : {};
  const errors = [...selectorErrors(spec.selector, template), ...podSpecErrors(template.spec, 'spec.template.spec')];
  if (typeof spec.replicas === 'number' && spec.replicas < 0)
    errors.push(fieldInvalid('spec.replicas', spec.replicas, 'must be greater than or equal to 0'));
  if (before !== undefined && isObject(before.spec) && !equalJson(before.spec.selector, spec.selector))
    errors.push(fieldInvalid('spec.selector', spec.selector, 'field is immutable'));
  return errors;
}

function selectorErrors(given: unknown, template: Draft): FieldError[] {
  const selector = fromLabelSelectorObject(given);
  if (selector === undefined || selector.length === 0) return [fieldRequired('spec.selector')];
  const metadata = isObject(template.metadata) ? template.metadata : {};
  const labels = Object.fromEntries(
    Object.entries(isObject(metadata.labels) ? metadata.labels : {}).map(([key, value]) => [key, String(value)]),
  );
  return matchesLabels(selector, labels)
    ? []
    : [fieldInvalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}
