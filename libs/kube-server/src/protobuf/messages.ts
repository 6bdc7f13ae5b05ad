import {
  bool,
  bytesMap,
  type Field,
  int,
  many,
  type MessageType,
  one,
  pointer,
  text,
  textMap,
  texts,
} from './fields.js';
import { labelSelector, localReference, metadata, objectReference } from './meta.js';
import { workloadTypes } from './workloads.js';

export type { Field, MessageType };

/** An object: its metadata, and the members behind it. */
const objectOf = (members: MessageType = {}): MessageType => ({ 1: metadata, ...members });

const namespaceType = objectOf({
  2: one('spec', () => ({ 1: texts('finalizers') })),
  3: one('status', () => ({ 1: text('phase') })),
});
const configMap = objectOf({ 2: textMap('data'), 3: bytesMap('binaryData'), 4: pointer(bool('immutable')) });
const secret = objectOf({
  2: bytesMap('data'),
  3: text('type'),
  4: textMap('stringData'),
  5: pointer(bool('immutable')),
});
const serviceAccount = objectOf({
  2: many('secrets', () => objectReference),
  3: many('imagePullSecrets', () => localReference),
  4: pointer(bool('automountServiceAccountToken')),
});

const tokenRequest = objectOf({
  2: one('spec', () => ({
    1: texts('audiences'),
    3: pointer(
      one('boundObjectRef', () => ({ 1: text('kind'), 2: text('apiVersion'), 3: text('name'), 4: text('uid') })),
    ),
    4: pointer(int('expirationSeconds')),
  })),
});

const rule: MessageType = {
  1: texts('verbs'),
  2: texts('apiGroups'),
  3: texts('resources'),
  4: texts('resourceNames'),
  5: texts('nonResourceURLs'),
};
const role = objectOf({ 2: many('rules', () => rule) });
const clusterRole = objectOf({
  2: many('rules', () => rule),
  3: pointer(one('aggregationRule', () => ({ 1: many('clusterRoleSelectors', () => labelSelector) }))),
});
const binding = objectOf({
  2: many('subjects', () => ({ 1: text('kind'), 2: text('apiGroup'), 3: text('name'), 4: text('namespace') })),
  3: one('roleRef', () => ({ 1: text('apiGroup'), 2: text('kind'), 3: text('name') })),
});

const accessAttributes: MessageType = {
  1: pointer(
    one('resourceAttributes', () => ({
      1: text('namespace'),
      2: text('verb'),
      3: text('group'),
      4: text('version'),
      5: text('resource'),
      6: text('subresource'),
      7: text('name'),
    })),
  ),
  2: pointer(one('nonResourceAttributes', () => ({ 1: text('path'), 2: text('verb') }))),
};
const accessReview = objectOf({
  2: one('spec', () => ({ ...accessAttributes, 3: text('user'), 4: texts('groups'), 5: extra, 6: text('uid') })),
});
const extra: Field = { name: 'extra', type: 'message', map: true, of: () => ({ 1: texts('items') }) };

const deleteOptions: MessageType = {
  1: pointer(int('gracePeriodSeconds')),
  2: pointer(one('preconditions', () => ({ 1: pointer(text('uid')), 2: pointer(text('resourceVersion')) }))),
  3: pointer(bool('orphanDependents')),
  4: pointer(text('propagationPolicy')),
  5: texts('dryRun'),
};

/**
 * The kinds that clients send as protobuf (seen from kubectl 1.32 and 1.33), by apiVersion and kind. Field numbers are those
 * of the generated.proto files of k8s.io/api and k8s.io/apimachinery.
 */
export const messageTypes: Readonly<Record<string, MessageType>> = {
  'v1/Namespace': namespaceType,
  'v1/ConfigMap': configMap,
  'v1/Secret': secret,
  'v1/ServiceAccount': serviceAccount,
  'v1/DeleteOptions': deleteOptions,
  'authentication.k8s.io/v1/TokenRequest': tokenRequest,
  'authentication.k8s.io/v1/TokenReview': objectOf({
    2: one('spec', () => ({ 1: text('token'), 2: texts('audiences') })),
  }),
  'authentication.k8s.io/v1/SelfSubjectReview': objectOf(),
  'authorization.k8s.io/v1/SelfSubjectAccessReview': objectOf({ 2: one('spec', () => accessAttributes) }),
  'authorization.k8s.io/v1/SelfSubjectRulesReview': objectOf({ 2: one('spec', () => ({ 1: text('namespace') })) }),
  'authorization.k8s.io/v1/SubjectAccessReview': accessReview,
  'authorization.k8s.io/v1/LocalSubjectAccessReview': accessReview,
  'rbac.authorization.k8s.io/v1/Role': role,
  'rbac.authorization.k8s.io/v1/ClusterRole': clusterRole,
  'rbac.authorization.k8s.io/v1/RoleBinding': binding,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': binding,
  'policy/v1/Eviction': objectOf({ 2: pointer(one('deleteOptions', () => deleteOptions)) }),
  ...workloadTypes,
};
