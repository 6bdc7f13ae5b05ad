import { z } from 'zod';
import { FreeFormSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';

const cluster = { group: 'lcm.mirantis.com', version: 'v1alpha1', scope: 'Cluster' } as const;
const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' } as const;

export const maintenanceScopes = ['os', 'drain'] as const;
export type MaintenanceScope = (typeof maintenanceScopes)[number];

export const lockStates = ['active', 'inactive', 'failed'] as const;
export type LockState = (typeof lockStates)[number];

const scope = z
  .enum(maintenanceScopes)
  .optional()
  .describe('os: the node may reboot; drain: pods are drained, no reboot.');
const release = z.string().optional().describe('Version of the cluster release the request is about.');

export const WorkloadLockStatusSchema = z.object({
  state: z
    .enum(lockStates)
    .describe(
      'active: the workload must not be disturbed; inactive: it may; failed: it could not be released and needs an operator.',
    ),
  errorMessage: z.string().optional().describe('Why it is not released.'),
  release: z.string().optional().describe('Version of the cluster release of the controller.'),
  inactivationProgress: z
    .object({
      description: z.string().optional().describe('What is being done.'),
      percentage: z.int().min(0).max(100).optional().describe('How far it got.'),
    })
    .optional()
    .describe('How far the release of the lock got.'),
  statusObjectReference: FreeFormSchema.optional().describe('Object with more about it.'),
});
export type WorkloadLockStatus = z.infer<typeof WorkloadLockStatusSchema>;

/** Controllers of the product: each releases its locks when a request asks. Other names are operators', or of other controllers. */
export const workloadControllers: ReadonlySet<string> = new Set(['openstack', 'ceph', 'tungstenfabric', 'stacklight']);

const controllerName = z.string().min(1).describe('Who holds the lock: a workload controller, or an operator.');
const lockColumns = [
  { name: 'Controller', type: 'string', jsonPath: '.spec.controllerName', description: 'Who holds the lock' },
  { name: 'State', type: 'string', jsonPath: '.status.state', description: 'active, inactive or failed' },
] as const;
const lockNotes = [
  'A lock counts as released when it is absent or inactive; one without status is active. Columns are a choice.',
];

/** `kubectl get clustermaintenancerequests`: the cluster is about to be worked on. */
export const ClusterMaintenanceRequestKind = defineKind({
  ...cluster,
  kind: 'ClusterMaintenanceRequest',
  plural: 'clustermaintenancerequests',
  owner: 'lifecycle-svc',
  description:
    'The cluster is about to be updated or worked on: every workload controller releases its ClusterWorkloadLock when it is ready for that. Lives on the cluster concerned.',
  spec: z.object({ scope: scope.describe('Deprecated here.'), release }),
  columns: [{ name: 'Release', type: 'string', jsonPath: '.spec.release', description: 'Cluster release' }, age],
});
export type ClusterMaintenanceRequest = ObjectOf<typeof ClusterMaintenanceRequestKind>;

/** `kubectl get nodemaintenancerequests`: a node is about to be worked on. */
export const NodeMaintenanceRequestKind = defineKind({
  ...cluster,
  kind: 'NodeMaintenanceRequest',
  plural: 'nodemaintenancerequests',
  owner: 'lifecycle-svc',
  description:
    'A node is about to be drained or rebooted: every workload controller moves its workloads away and releases its NodeWorkloadLock. Lives on the cluster concerned.',
  spec: z.object({ nodeName: z.string().min(1).describe('Kubernetes node.'), scope, release }),
  columns: [
    { name: 'Node', type: 'string', jsonPath: '.spec.nodeName', description: 'Kubernetes node' },
    { name: 'Scope', type: 'string', jsonPath: '.spec.scope', description: 'os or drain' },
    age,
  ],
});
export type NodeMaintenanceRequest = ObjectOf<typeof NodeMaintenanceRequestKind>;

/** `kubectl get clusterworkloadlocks`: a workload that must not be disturbed by an update of the cluster. */
export const ClusterWorkloadLockKind = defineKind({
  ...cluster,
  kind: 'ClusterWorkloadLock',
  plural: 'clusterworkloadlocks',
  owner: 'the workload controller named in it',
  description:
    'A workload that must not be disturbed by work on the cluster until its controller, or the operator who made the lock, releases it.',
  spec: z.object({ controllerName }),
  status: WorkloadLockStatusSchema,
  columns: [...lockColumns, age],
  notes: lockNotes,
});
export type ClusterWorkloadLock = ObjectOf<typeof ClusterWorkloadLockKind>;

/** `kubectl get nodeworkloadlocks`: a workload on a node that must not be disturbed. */
export const NodeWorkloadLockKind = defineKind({
  ...cluster,
  kind: 'NodeWorkloadLock',
  plural: 'nodeworkloadlocks',
  owner: 'the workload controller named in it',
  description:
    'A workload on a node that must not be disturbed until its controller, or the operator who made the lock, releases it.',
  spec: z.object({
    controllerName,
    nodeName: z.string().min(1).describe('Kubernetes node.'),
    nodeDeletionRequestSupported: z
      .boolean()
      .optional()
      .describe(
        'The controller takes part in graceful deletion: it drops the lock when a NodeDeletionRequest comes. With false the lock holds no deletion.',
      ),
  }),
  status: WorkloadLockStatusSchema,
  columns: [
    { name: 'Node', type: 'string', jsonPath: '.spec.nodeName', description: 'Kubernetes node' },
    ...lockColumns,
    age,
  ],
  notes: [
    ...lockNotes,
    'A lock without nodeDeletionRequestSupported holds the node in a graceful deletion too, until it is deleted or set inactive; one with false does not (choice: the reference says only that the field tells who takes part).',
    "To hold a node back in an update, make a lock with a controllerName of your own and delete it to let the node go. As long as it has no status the node gets no turn and nothing is moved off it; with a status its holder is asked by a NodeMaintenanceRequest, after all other machines of the node's update group (choice).",
  ],
});
export type NodeWorkloadLock = ObjectOf<typeof NodeWorkloadLockKind>;

/** `kubectl get nodedeletionrequests`: a node is about to leave the cluster for good. */
export const NodeDeletionRequestKind = defineKind({
  ...cluster,
  kind: 'NodeDeletionRequest',
  plural: 'nodedeletionrequests',
  owner: 'lifecycle-svc',
  description:
    'A node is about to leave the cluster for good: workload controllers check their conditions and drop their NodeWorkloadLock. Lives on the cluster concerned.',
  spec: z.object({ nodeName: z.string().min(1).describe('Kubernetes node.') }),
  columns: [{ name: 'Node', type: 'string', jsonPath: '.spec.nodeName', description: 'Kubernetes node' }, age],
});
export type NodeDeletionRequest = ObjectOf<typeof NodeDeletionRequestKind>;

/** `kubectl get nodedisablenotifications`: a node has been taken out of service. */
export const NodeDisableNotificationKind = defineKind({
  ...cluster,
  kind: 'NodeDisableNotification',
  plural: 'nodedisablenotifications',
  owner: 'lifecycle-svc',
  description:
    'A node has been taken out of service: workload controllers stop counting on it and on what ran there. Lives on the cluster concerned.',
  spec: z.object({ nodeName: z.string().min(1).describe('Kubernetes node.') }),
  columns: [{ name: 'Node', type: 'string', jsonPath: '.spec.nodeName', description: 'Kubernetes node' }, age],
});
export type NodeDisableNotification = ObjectOf<typeof NodeDisableNotificationKind>;
