import {
  type ClusterWorkloadLock,
  ClusterWorkloadLockKind,
  ConfigMapKind,
  type KubeObject,
  type NodeOutage,
  NodeOutageKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type ObjectKey,
  type OpenStackDeployment,
  OpenStackDeploymentKind,
  SecretKind,
} from '@keelson/api';
import { renderedKinds } from '@keelson/mosk';
import { input, type Input, type Output, type Reader, type Reconciler } from '@keelson/reconcile';
import { cloudNamespaces, namespaces } from '../names.js';
import { withOptions } from '../options/rockoon-config.js';
import { clusterWideNames } from '../services/given-rights.js';
import { observeRemoval } from './removal.observe.js';
import { planRemoval, removalEvents } from './removal.plan.js';
import { type RemovalStep, removalSteps } from './removal.steps.js';
import type { RemovalWorld } from './removal.world.js';

/** Holds a cloud until nothing of it would stay behind: what is in its own namespace goes with it by itself. */
export function removalReconciler(): Reconciler<OpenStackDeployment, RemovalWorld, RemovalStep> {
  return {
    name: 'openstack/removal',
    kind: OpenStackDeploymentKind,
    summary: 'Sees to it that what a cloud has outside its namespace, and its locks, go with it.',
    inputs: [
      ...renderedKinds.map(seen),
      input<NodeOutage>({ kind: NodeOutageKind, mapToOwn: cloudsThatLeave, relevant: ({ metadata }) => metadata.uid }),
      input<NodeWorkloadLock>({
        kind: NodeWorkloadLockKind,
        mapToOwn: cloudsThatLeave,
        relevant: ({ metadata }) => metadata.uid,
      }),
      input<ClusterWorkloadLock>({
        kind: ClusterWorkloadLockKind,
        mapToOwn: cloudsThatLeave,
        relevant: ({ metadata }) => metadata.uid,
      }),
    ],
    outputs: [
      { kind: OpenStackDeploymentKind, mode: 'shared', verbs: ['patch'], namespaces: [namespaces.cloud] },
      { kind: NodeOutageKind, mode: 'shared', verbs: ['delete'] },
      ...renderedKinds.map(deletes),
    ],
    concurrency: 1,
    holds: 'first',
    resyncSeconds: 600,
    relevant: ({ metadata, spec }) => [metadata.deletionTimestamp, metadata.finalizers, spec.draft],
    observe: async (reader, deployment) => observeRemoval(reader, deployment),
    plan: planRemoval,
    steps: removalSteps,
    status: () => undefined,
    events: removalEvents,
  };
}

function seen(kind: Input['kind']): Input {
  const selection = kind.kind === SecretKind.kind ? ours : kind.kind === ConfigMapKind.kind ? withOptions : undefined;
  return input<KubeObject>({
    kind,
    ...(selection === undefined ? {} : { selection }),
    mapToOwn: cloudsThatLeave,
    relevant: ({ metadata }) => [metadata.uid, metadata.deletionTimestamp],
  });
}

const ours = { namespaces: cloudNamespaces };

function deletes(kind: Output['kind']): Output {
  const where = kind.scope === 'Cluster' ? { names: clusterWideNames } : { namespaces: cloudNamespaces };
  return { kind, mode: 'shared', verbs: ['delete'], ...where };
}

/** Of one that stays there is nothing to be seen. */
function cloudsThatLeave(_: KubeObject, reader: Reader): readonly ObjectKey[] {
  const clouds = reader.list(OpenStackDeploymentKind);
  return clouds.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).map(({ metadata }) => metadata);
}
