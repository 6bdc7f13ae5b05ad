import {
  type ConfigMap,
  ConfigMapKind,
  type KubeObject,
  type Namespace,
  NamespaceKind,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  osdplWatchLabel,
  type Secret,
  SecretKind,
  ServiceKind,
} from '@keelson/api';
import { input, type Reader, type Reconciler } from '@keelson/reconcile';
import { secretNameOf } from '../cloud/cloud.js';
import { iamSecretName } from '../credentials/iam.js';
import { cloudNamespaces, externalBroker, namespaces } from '../names.js';
import { hiddenSpecs, withHiddenSpec } from '../hidden/hidden-spec.js';
import { optionsMap, withOptions } from '../options/rockoon-config.js';
import type { Renderer } from '../rollout/renderer.js';
import { deploymentEvents } from './deployment.events.js';
import { observeDeployment } from './deployment.observe.js';
import { planDeployment } from './deployment.plan.js';
import { deploymentMachine } from './deployment.states.js';
import { deploymentStatus } from './deployment.status.js';
import { type DeploymentStep, deploymentSteps } from './deployment.steps.js';
import type { DeploymentWorld } from './deployment.world.js';

/** Sees to credentials, namespaces and what operators are given, and tells how the cloud stands. */
export function deploymentReconciler(
  renderer: Renderer,
): Reconciler<OpenStackDeployment, DeploymentWorld, DeploymentStep> {
  return {
    name: 'openstack/deployment',
    kind: OpenStackDeploymentKind,
    summary: 'Sees to credentials and their rotation, namespaces and clouds.yaml, and tells how the cloud stands.',
    inputs: [
      input<OpenStackDeploymentStatus>({
        kind: OpenStackDeploymentStatusKind,
        mapToOwn: ({ metadata }) => [metadata],
        relevant: ({ metadata, status }) => [
          metadata.deletionTimestamp,
          status?.osdpl?.state,
          status?.osdpl?.fingerprint,
          status?.credentials?.rotation,
          status?.progress?.waitingOn,
          status?.progress?.reason,
          status?.progress?.message,
        ],
      }),
      hiddenSpecs,
      input<Namespace>({
        kind: NamespaceKind,
        mapToOwn: everyCloud,
        relevant: ({ metadata }) => metadata.deletionTimestamp,
      }),
      input<Secret>({
        kind: SecretKind,
        selection: ours,
        mapToOwn: cloudsOfSecret,
        relevant: ({ metadata, data }) => [metadata, data],
      }),
      input<KubeObject>({
        kind: ServiceKind,
        mapToOwn: (service, reader) => (service.metadata.name === externalBroker ? everyCloud(service, reader) : []),
        relevant: (service): unknown => Reflect.get(service, 'status'),
      }),
      input<ConfigMap>({
        kind: ConfigMapKind,
        selection: withOptions,
        mapToOwn: (map, reader) =>
          isWatched(map) || map.metadata.name === optionsMap.name ? everyCloud(map, reader) : [],
        relevant: ({ metadata, data }) => [metadata.labels, data],
      }),
    ],
    outputs: [
      // Everywhere: one that is in no namespace of clouds is told so.
      { kind: OpenStackDeploymentKind, mode: 'shared', verbs: ['status'] },
      { kind: OpenStackDeploymentStatusKind, mode: 'shared', verbs: ['apply'], namespaces: [namespaces.cloud] },
      { kind: NamespaceKind, mode: 'shared', verbs: ['apply'], names: cloudNamespaces },
      { kind: SecretKind, mode: 'shared', verbs: ['create', 'apply', 'delete'], namespaces: cloudNamespaces },
    ],
    concurrency: 1,
    resyncSeconds: 600,
    machine: deploymentMachine,
    observe: async (reader, deployment) => observeDeployment(reader, withHiddenSpec(reader, deployment), renderer),
    plan: planDeployment,
    steps: deploymentSteps,
    status: deploymentStatus,
    events: deploymentEvents,
  };
}

const ours = { namespaces: cloudNamespaces };

function isWatched({ metadata }: KubeObject): boolean {
  return metadata.labels?.[osdplWatchLabel] === 'true';
}

function everyCloud(_: KubeObject, reader: Reader): readonly ObjectKey[] {
  return reader.list(OpenStackDeploymentKind).map(({ metadata }) => metadata);
}

const shared: readonly string[] = [namespaces.ceph, namespaces.sdn, namespaces.stacklight, namespaces.external];

/** Generated credentials, watched Secrets and those that are exchanged; not what is rendered. */
function cloudsOfSecret(secret: Secret, reader: Reader): readonly ObjectKey[] {
  const { name, namespace = '' } = secret.metadata;
  const matters =
    name.startsWith(secretNameOf('')) || isWatched(secret) || name === iamSecretName || shared.includes(namespace);
  return matters ? everyCloud(secret, reader) : [];
}
