import {
  type DaemonSet,
  DaemonSetKind,
  type Deployment,
  DeploymentKind,
  type KubeObject,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Pod,
  PodKind,
  type Secret,
  SecretKind,
} from '@keelson/api';
import { input, type Reader, type Reconciler } from '@keelson/reconcile';
import { amphoraRotationName } from '../cloud/amphora-rotation.js';
import { hiddenSpecs, withHiddenSpec } from '../hidden/hidden-spec.js';
import { cloudsBeside, memoryMap, memoryMapWrites } from '../keepers/memory-map.js';
import { cloudNamespaces, namespaces, watchedPods } from '../names.js';
import type { AmphoraApi, AmphoraApiOf } from './amphora-api.js';
import { amphoraEvents } from './amphorae.events.js';
import { type AmphoraPorts, observeAmphorae } from './amphorae.observe.js';
import { planAmphorae } from './amphorae.plan.js';
import { type AmphoraStep, amphoraSteps } from './amphorae.steps.js';
import type { AmphoraWorld } from './amphorae.world.js';

const everySeconds = 15;

/** Rotates the authorities by which Octavia's controllers and amphorae know each other, without one being cut off. */
export function amphoraReconciler(ports: AmphoraPorts): Reconciler<OpenStackDeployment, AmphoraWorld, AmphoraStep> {
  let latest: AmphoraApi | undefined;
  const amphoraApiOf: AmphoraApiOf = (credential) => (latest = ports.amphoraApiOf(credential));
  return {
    name: 'openstack/amphorae',
    kind: OpenStackDeploymentKind,
    summary:
      "Rotates the authorities of Octavia's amphorae and controllers: load balancers are failed over one after the other.",
    inputs: [
      hiddenSpecs,
      memoryMap(amphoraRotationName),
      input<OpenStackDeploymentStatus>({
        kind: OpenStackDeploymentStatusKind,
        mapToOwn: ({ metadata }) => [metadata],
        relevant: ({ status }) => {
          const { state, openstack_version } = status?.services?.['load-balancer'] ?? {};
          return [state, openstack_version];
        },
      }),
      input<Secret>({
        kind: SecretKind,
        selection: { namespaces: cloudNamespaces },
        mapToOwn: (secret, reader) =>
          secret.metadata.name.startsWith('generated-octavia-') ? cloudsBeside(secret, reader) : [],
        relevant: ({ metadata, data }) => [metadata.annotations, data],
      }),
      input<Deployment>({ kind: DeploymentKind, mapToOwn: ofOctavia, relevant: ({ spec, status }) => [spec, status] }),
      input<DaemonSet>({ kind: DaemonSetKind, mapToOwn: ofOctavia, relevant: ({ spec, status }) => [spec, status] }),
      input<Pod>({
        kind: PodKind,
        selection: watchedPods,
        mapToOwn: ofOctavia,
        relevant: ({ metadata }) => metadata.annotations,
      }),
    ],
    outputs: [
      memoryMapWrites(amphoraRotationName),
      {
        kind: SecretKind,
        mode: 'shared',
        verbs: ['create', 'apply', 'patch', 'delete'],
        namespaces: [namespaces.cloud],
      },
    ],
    polls: [{ system: "Octavia's API, while amphorae are replaced", everySeconds }],
    concurrency: 1,
    holds: 'first',
    resyncSeconds: 600,
    observe: (reader, deployment) =>
      observeAmphorae(reader, withHiddenSpec(reader, deployment), { ...ports, amphoraApiOf }),
    plan: planAmphorae,
    steps: amphoraSteps(() => latest),
    status: () => undefined,
    events: amphoraEvents,
  };
}

function ofOctavia(object: KubeObject, reader: Reader): readonly ObjectKey[] {
  return object.metadata.labels?.['application'] === 'octavia' ? cloudsBeside(object, reader) : [];
}
