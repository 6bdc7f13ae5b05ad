import { definitionResource, definitionStrategy } from '../crd/strategy.js';
import { isObject } from '../schema/schema.js';
import type { Draft, Stored } from '../storage/stored.js';
import { deploymentKind } from './child/apps.js';
import { builtIn, textAt } from './declare.js';
import type { KindDescriptor } from './descriptor.js';
import { eventKinds } from './events.js';
import { leaseKind } from './lease.js';
import { namespaceNameErrors } from './names.js';
import { policyKinds } from './policies.js';
import { rbacKinds } from './rbac.js';
import {
  bytes,
  conditions,
  described,
  flag,
  listOf,
  localReference,
  mapList,
  mapOf,
  plain,
  objectReference,
  setOf,
  struct,
  text,
} from './schema-words.js';
import { prepareSecret, validateConfigMap, validateSecret } from './secrets.js';
import { webhookKinds } from './webhooks.js';

const namespaceKind = builtIn({
  kind: 'Namespace',
  cluster: true,
  shortNames: ['ns'],
  hasStatus: true,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  description: 'Namespace provides a scope for Names. Use of multiple namespaces is optional.',
  members: { spec: struct({ finalizers: setOf(text) }), status: struct({ phase: text, conditions }) },
  selectableFields: { 'status.phase': textAt('status', 'phase') },
  strategy: { nameErrors: namespaceNameErrors, prepare: prepareNamespace, serverMembers: ['spec'] },
});

function prepareNamespace(object: Draft, before: Stored | undefined): Draft {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const labels = {
    ...(isObject(metadata.labels) ? metadata.labels : {}),
    'kubernetes.io/metadata.name': metadata.name,
  };
  const labelled = { ...object, metadata: { ...metadata, labels } };
  if (before !== undefined) return { ...labelled, spec: before.spec };
  return { ...labelled, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
}

const configMapKind = builtIn({
  kind: 'ConfigMap',
  shortNames: ['cm'],
  description: 'ConfigMap holds configuration data for pods to consume.',
  members: {
    data: described(
      'Data contains the configuration data. Each key must consist of alphanumeric characters, "-", "_" or ".".',
      mapOf(text),
    ),
    binaryData: described('BinaryData contains the binary data, in base64.', mapOf(bytes)),
    immutable: described(
      'Immutable, if set to true, ensures that data stored in the ConfigMap cannot be updated.',
      flag,
    ),
  },
  omitsEmpty: ['data', 'binaryData'],
  strategy: { validate: validateConfigMap },
});

const secretKind = builtIn({
  kind: 'Secret',
  description:
    'Secret holds secret data of a certain type. The total bytes of the values in the Data field must be less than MaxSecretSize bytes.',
  members: {
    data: described('Data contains the secret data, each value in base64.', mapOf(bytes)),
    stringData: described(
      'stringData allows specifying non-binary secret data in string form. It is write-only.',
      mapOf(text),
    ),
    type: described('Used to facilitate programmatic handling of secret data.', text),
    immutable: described('Immutable, if set to true, ensures that data stored in the Secret cannot be updated.', flag),
  },
  omitsEmpty: ['data'],
  selectableFields: { type: textAt('type') },
  strategy: { prepare: prepareSecret, validate: validateSecret },
});

const serviceAccountKind = builtIn({
  kind: 'ServiceAccount',
  shortNames: ['sa'],
  members: {
    secrets: mapList(['name'], objectReference),
    imagePullSecrets: listOf(localReference),
    automountServiceAccountToken: flag,
  },
  omitsEmpty: ['secrets', 'imagePullSecrets'],
  strategy: { returnsDeleted: true },
});

const open = { 'x-kubernetes-preserve-unknown-fields': true };
/** Names are structures in their Go types: a write of them owns their members, not themselves. */
const definitionNames = plain(struct({}, open));
const definitionSpec = plain(struct({ names: definitionNames }, open));
const definitionStatus = plain(struct({ acceptedNames: definitionNames, conditions }, open));

/** What definitions do once they are stored is the definition controller's. */
const definitionKind = builtIn({
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  cluster: true,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  hasStatus: true,
  countsGenerations: true,
  members: { spec: definitionSpec, status: definitionStatus },
  storage: { resource: definitionResource, storedVersion: 'apiextensions.k8s.io/v1beta1' },
  strategy: definitionStrategy,
});

/** What the management cluster's API stores, besides custom kinds: of workloads only the Deployments of Keelson's own services. */
export const managementKinds: readonly KindDescriptor[] = [
  namespaceKind,
  configMapKind,
  secretKind,
  serviceAccountKind,
  ...eventKinds,
  leaseKind,
  ...rbacKinds,
  definitionKind,
  ...webhookKinds,
  ...policyKinds,
  deploymentKind,
];
