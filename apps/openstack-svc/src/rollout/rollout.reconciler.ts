import {
  type ClusterMaintenanceRequest,
  ClusterMaintenanceRequestKind,
  ClusterRoleKind,
  type ConfigMap,
  ConfigMapKind,
  type KubeObject,
  type Node,
  NodeKind,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Pod,
  PodKind,
  RoleKind,
  type Secret,
  SecretKind,
  type StorageClass,
  StorageClassKind,
} from '@keelson/api';
import { Applied, renderedKinds, migrationStateName } from '@keelson/mosk';
import { input, type Input, type Output, type Reader, type Reconciler } from '@keelson/reconcile';
import { amphoraRotationName } from '../cloud/amphora-rotation.js';
import { cloudNamespaces, deploymentLabel, namespaces, watchedPods } from '../names.js';
import { clusterWideNames, givenEverywhere, givenInNamespaces } from '../services/given-rights.js';
import { wordsWaitSeconds } from './assessment.js';
import { rolloutEvents } from './rollout.events.js';
import { restoreStateName } from './restore.js';
import { RolloutObserver, type RolloutPorts } from './rollout.observe.js';
import { planRollout } from './rollout.plan.js';
import { rolloutMachine } from './rollout.states.js';
import { isRolloutWording, rolloutStatus } from './rollout.status.js';
import { type RolloutStep, rolloutSteps } from './rollout.steps.js';
import { imagesOfRelease } from '../releases/release-images.js';
import { optionsMap, withOptions } from '../options/rockoon-config.js';
import { hiddenSpecs } from '../hidden/hidden-spec.js';
import type { RolloutWorld } from './rollout.world.js';

/** Renders a cloud and applies it, service by service and stage by stage. */
export function rolloutReconciler(
  ports: RolloutPorts,
): Reconciler<OpenStackDeploymentStatus, RolloutWorld, RolloutStep> {
  const applied = new Applied();
  const observer = new RolloutObserver(ports, applied);
  return {
    name: 'openstack/rollout',
    kind: OpenStackDeploymentStatusKind,
    summary: 'Renders a cloud and applies it, service by service and stage by stage; upgrades it in order.',
    inputs: [
      input<OpenStackDeployment>({
        kind: OpenStackDeploymentKind,
        mapToOwn: ({ metadata }) => [metadata],
        relevant: ({ metadata, spec, status }) => [
          metadata.annotations,
          spec,
          status?.credentials,
          status?.certificates,
        ],
      }),
      hiddenSpecs,
      input<ClusterMaintenanceRequest>({
        kind: ClusterMaintenanceRequestKind,
        mapToOwn: everyCloud,
        relevant: ({ spec }) => spec.release,
      }),
      input<Node>({ kind: NodeKind, mapToOwn: everyCloud, relevant: ({ metadata }) => metadata.labels }),
      input<Pod>({
        kind: PodKind,
        selection: watchedPods,
        mapToOwn: everyCloud,
        relevant: ({ metadata }) => metadata.uid,
      }),
      input<StorageClass>({
        kind: StorageClassKind,
        mapToOwn: everyCloud,
        relevant: ({ allowVolumeExpansion }) => allowVolumeExpansion,
      }),
      ...renderedKinds.map((kind) =>
        kind === SecretKind ? secrets : kind === ConfigMapKind ? configMaps : rendered(kind),
      ),
    ],
    outputs: [
      {
        kind: OpenStackDeploymentStatusKind,
        mode: 'shared',
        verbs: ['status', 'patch'],
        namespaces: [namespaces.cloud],
      },
      ...renderedKinds.map(writesOf),
    ],
    concurrency: 1,
    resyncSeconds: 600,
    machine: rolloutMachine,
    observe: (reader, object) => observer.observe(reader, object),
    plan: planRollout,
    steps: rolloutSteps(applied),
    status: rolloutStatus,
    coalesce: { withinSeconds: wordsWaitSeconds, isWording: isRolloutWording },
    events: rolloutEvents,
  };
}

/** What has no namespace is written by its name alone, and roles say what these services need. */
function writesOf(kind: Output['kind']): Output {
  const verbs = ['apply', 'patch', 'delete'] as const;
  if (kind === ClusterRoleKind) return { kind, mode: 'shared', verbs, names: clusterWideNames, gives: givenEverywhere };
  if (kind.scope === 'Cluster') return { kind, mode: 'shared', verbs, names: clusterWideNames };
  if (kind === RoleKind)
    return { kind, mode: 'shared', verbs, namespaces: [namespaces.cloud], gives: givenInNamespaces };
  return { kind, mode: 'shared', verbs, namespaces: cloudNamespaces };
}

/** The OpenStackDeployment that an object belongs to; there is one in a cluster, so its name is enough. */
function cloudOf({ metadata }: KubeObject): readonly string[] {
  const name = metadata.labels?.[deploymentLabel];
  return name === undefined ? [] : [name];
}

/** What has no namespace, or another, belongs to the cloud of the namespace that clouds are in. */
function keyOfCloud(object: KubeObject, reader: Reader): readonly ObjectKey[] {
  const [name] = cloudOf(object);
  return name === undefined ? [] : everyCloud(object, reader).filter((key) => key.name === name);
}

function everyCloud(_: KubeObject, reader: Reader): readonly ObjectKey[] {
  return reader.list(OpenStackDeploymentStatusKind).map(({ metadata }) => metadata);
}

function rendered(kind: Input['kind']): Input {
  return input({ kind, mapToOwn: keyOfCloud, indices: { deployment: cloudOf } });
}

/** Those that are rendered, how far a migration of networks, a restore of the database or a rotation for amphorae is, images of the release, and options of the controller. */
const configMaps = input<ConfigMap>({
  kind: ConfigMapKind,
  selection: withOptions,
  mapToOwn: (map, reader) =>
    [migrationStateName, restoreStateName, amphoraRotationName, imagesOfRelease.map.name, optionsMap.name].includes(
      map.metadata.name,
    )
      ? everyCloud(map, reader)
      : keyOfCloud(map, reader),
  indices: { deployment: cloudOf },
});

/** Those of the cloud's namespace, and what OpenSDN and the storage hand over. */
function concerns(namespace: string | undefined, { metadata }: Secret): boolean {
  return [namespace, namespaces.sdn, namespaces.ceph].includes(metadata.namespace);
}

/** Credentials and what the spec names besides what is rendered. */
const secrets = input<Secret>({
  kind: SecretKind,
  selection: { namespaces: cloudNamespaces },
  mapToOwn: (secret, reader) => {
    const own = keyOfCloud(secret, reader);
    return own.length > 0 ? own : everyCloud(secret, reader).filter(({ namespace }) => concerns(namespace, secret));
  },
  relevant: ({ metadata, data }) => [metadata.labels, metadata.deletionTimestamp, data],
  indices: { deployment: cloudOf },
});
