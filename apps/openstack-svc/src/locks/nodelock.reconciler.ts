import {
  type Node,
  type NodeDeletionRequest,
  NodeDeletionRequestKind,
  NodeKind,
  type NodeMaintenanceRequest,
  NodeMaintenanceRequestKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type ObjectKey,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Secret,
  SecretKind,
  type StatefulSet,
  StatefulSetKind,
} from '@keelson/api';
import { input, type Reader, type Reconciler, type StatusOf, type StepTable } from '@keelson/reconcile';
import type { AdminCredential, Hypervisors } from './hypervisors.js';
import { type HypervisorsOf, observeNodeLock, Tries } from './nodelock.observe.js';
import { type NodeLockStep, planNodeLock, verdictOf } from './nodelock.plan.js';
import type { NodeLockWorld } from './nodelock.world.js';

/** Lets a node be worked on when its instances have left and no quorum is lost, and takes it back into service. */
export function nodeLockReconciler(
  hypervisorsOf: HypervisorsOf,
): Reconciler<NodeWorkloadLock, NodeLockWorld, NodeLockStep> {
  const tries = new Tries();
  let latest: Hypervisors | undefined;
  const remembering = (credential: AdminCredential): Hypervisors => (latest = hypervisorsOf(credential));
  return {
    name: 'openstack/nodelock',
    kind: NodeWorkloadLockKind,
    summary:
      'Lets a node be worked on when its instances have left and no quorum is lost, and takes it back into service.',
    inputs: [
      input<Node>({
        kind: NodeKind,
        mapToOwn: ({ metadata }, reader) => locksOf(reader, metadata.name),
        relevant: ({ metadata, status }) => [
          metadata.labels,
          metadata.annotations,
          status?.conditions?.map(({ type, status: is }) => [type, is]),
        ],
      }),
      // The return of one node lets the next go.
      input<NodeMaintenanceRequest>({ kind: NodeMaintenanceRequestKind, mapToOwn: everyLock }),
      input<NodeDeletionRequest>({ kind: NodeDeletionRequestKind, mapToOwn: everyLock }),
      input<OpenStackDeploymentStatus>({ kind: OpenStackDeploymentStatusKind, mapToOwn: () => [] }),
      input<StatefulSet>({ kind: StatefulSetKind, mapToOwn: () => [] }),
      input<Secret>({ kind: SecretKind, mapToOwn: () => [] }),
    ],
    outputs: [{ kind: NodeWorkloadLockKind, mode: 'shared', verbs: ['status'] }],
    polls: [{ system: "the cloud's compute API, every ten seconds while a node is being freed", everySeconds: 300 }],
    concurrency: 8,
    resyncSeconds: 300,
    observe: (reader, lock) => observeNodeLock(reader, lock, remembering, tries),
    plan: planNodeLock,
    steps: nodeLockSteps(() => latest, tries),
    status: nodeLockStatus,
  };
}

function nodeLockSteps(hypervisors: () => Hypervisors | undefined, tries: Tries): StepTable<NodeLockStep> {
  return {
    disable: {
      describe: ({ node, reason }) => `disable nova-compute on ${node}: ${reason}`,
      run: async ({ service, reason }) => hypervisors()?.disable(service, reason),
    },
    enable: {
      describe: ({ node }) => `enable nova-compute on ${node}`,
      run: async ({ service }) => hypervisors()?.enable(service),
    },
    migrate: {
      describe: ({ instance }) => `move the instance ${instance.name} (${instance.id}) away`,
      run: async ({ lock, instance }) => {
        tries.note(lock, instance.id);
        await hypervisors()?.liveMigrate(instance.id);
      },
    },
  };
}

function nodeLockStatus(world: NodeLockWorld): StatusOf<NodeWorkloadLock> | undefined {
  if (!world.isOurs) return undefined;
  const { state, hindrance, progress } = verdictOf(world);
  const release = world.request?.spec.release;
  return {
    state,
    ...(hindrance === undefined ? {} : { errorMessage: hindrance }),
    ...(release === undefined ? {} : { release }),
    ...(progress === undefined ? {} : { inactivationProgress: progress }),
  };
}

function locksOf(reader: Reader, node: string): readonly ObjectKey[] {
  return reader
    .list(NodeWorkloadLockKind)
    .filter(({ spec }) => spec.nodeName === node)
    .map(({ metadata }) => metadata);
}

function everyLock(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(NodeWorkloadLockKind).map(({ metadata }) => metadata);
}
