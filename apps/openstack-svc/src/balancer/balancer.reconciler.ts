import {
  type ClusterMaintenanceRequest,
  ClusterMaintenanceRequestKind,
  type DRBConfig,
  DRBConfigKind,
  type NodeDeletionRequest,
  NodeDeletionRequestKind,
  type NodeMaintenanceRequest,
  NodeMaintenanceRequestKind,
  type NodeOutage,
  NodeOutageKind,
  type NodeWorkloadLock,
  NodeWorkloadLockKind,
  type ObjectKey,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Secret,
  SecretKind,
} from '@keelson/api';
import { input, type Reader, type Reconciler, type StepTable } from '@keelson/reconcile';
import { cloudNamespaces } from '../names.js';
import { balancerEvents } from './balancer.events.js';
import { type Looks, observeBalancer } from './balancer.observe.js';
import { type BalancerStep, planBalancer } from './balancer.plan.js';
import { balancerMachine } from './balancer.states.js';
import { balancerStatus } from './balancer.status.js';
import type { BalancerWorld } from './balancer.world.js';
import type { CloudLoad, CloudLoadOf } from './cloud-load.js';

const everySeconds = 60;

/** Moves instances from hosts with much load to hosts with little, as a DRBConfig asks. */
export function balancerReconciler(cloudLoadOf: CloudLoadOf): Reconciler<DRBConfig, BalancerWorld, BalancerStep> {
  const looks: Looks = new Map();
  let latest: CloudLoad | undefined;
  const remembering: CloudLoadOf = (credential) => (latest = cloudLoadOf(credential));
  return {
    name: 'openstack/balancer',
    kind: DRBConfigKind,
    summary: 'Moves instances from hosts with much load to hosts with little, as a DRBConfig asks.',
    inputs: [
      input<OpenStackDeploymentStatus>({
        kind: OpenStackDeploymentStatusKind,
        mapToOwn: everyConfig,
        relevant: ({ status }) => status?.osdpl?.state,
      }),
      input<ClusterMaintenanceRequest>({ kind: ClusterMaintenanceRequestKind, mapToOwn: everyConfig }),
      input<NodeMaintenanceRequest>({ kind: NodeMaintenanceRequestKind, mapToOwn: everyConfig }),
      input<NodeDeletionRequest>({ kind: NodeDeletionRequestKind, mapToOwn: everyConfig }),
      input<NodeWorkloadLock>({
        kind: NodeWorkloadLockKind,
        mapToOwn: everyConfig,
        relevant: ({ metadata, status }) => [metadata.annotations, status?.state],
      }),
      input<NodeOutage>({ kind: NodeOutageKind, mapToOwn: everyConfig, relevant: ({ spec }) => spec }),
      input<Secret>({ kind: SecretKind, selection: { namespaces: cloudNamespaces }, mapToOwn: () => [] }),
    ],
    outputs: [{ kind: DRBConfigKind, mode: 'shared', verbs: ['status'] }],
    polls: [{ system: 'nova and StackLight, every reconcileInterval and while instances move', everySeconds }],
    concurrency: 1,
    resyncSeconds: everySeconds,
    machine: balancerMachine,
    observe: (reader, config) => observeBalancer(reader, config, { cloudLoadOf: remembering, looks }),
    plan: planBalancer,
    steps: balancerSteps(() => latest),
    status: balancerStatus,
    events: balancerEvents,
  };
}

function balancerSteps(cloud: () => CloudLoad | undefined): StepTable<BalancerStep> {
  return {
    migrate: {
      describe: ({ name, from, to }) => `move the instance ${name} from ${from} to ${to}, which has less load`,
      run: async ({ instance, to }) => cloud()?.move(instance, to),
    },
    abort: {
      describe: ({ migration, seconds }) =>
        `call off the live migration ${migration.id} of ${migration.instance}, which takes longer than ${seconds} s`,
      run: async ({ migration }) => cloud()?.abort(migration),
    },
  };
}

function everyConfig(_: unknown, reader: Reader): readonly ObjectKey[] {
  return reader.list(DRBConfigKind).map(({ metadata }) => metadata);
}
