import { DeploymentKind } from '@keelson/api';
import type { Fault } from './fault.js';
import { held, released, waiting } from './faults-applying.js';
import { type FaultyCloud, namespace } from './faulty-cloud.js';

const pending = (message: string): object => ({
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
});

/** It runs since before the world began, and its probe fails. */
const unready = {
  phase: 'Running',
  containerStatuses: [
    { name: 'main', image: 'registry/main:1', ready: false, state: { running: { startedAt: '2020-01-01T00:00:00Z' } } },
  ],
};

/** Whoever makes the pods of a Deployment is refused. */
const refused =
  (name: string, message: string) =>
  async (cloud: FaultyCloud): Promise<void> => {
    cloud.world.workloads.stuck.add(name);
    await cloud.change();
    await cloud.tells(name);
    const status = { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }] };
    await cloud.world.api.patch(DeploymentKind, { namespace, name }, { status }, { subresource: 'status' });
  };

const allowed =
  (name: string) =>
  async (cloud: FaultyCloud): Promise<void> => {
    const status = { conditions: null };
    await cloud.world.api.patch(DeploymentKind, { namespace, name }, { status }, { subresource: 'status' });
    await released(cloud);
  };

/** What operators find when the pods of a cloud do not come up. */
export const podFaults: readonly Fault[] = [
  {
    name: 'a member of RabbitMQ is parted from the others',
    act: held('rabbitmq-server', unready),
    cure: released,
    cause: { kind: 'Pod', name: 'rabbitmq-server-1' },
    says: /main of its pod rabbitmq-server-1 runs since 2020-01-01T00:00:00Z and is not ready/,
    isMoving: true,
  },
  {
    name: 'a container wants more memory than its limit',
    act: held('glance-api', {
      containerStatuses: [
        {
          name: 'main',
          image: 'registry/main:1',
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
        },
      ],
    }),
    cure: released,
    cause: { kind: 'Pod', name: 'glance-api-1' },
    says: /glance-api-1 does not run: CrashLoopBackOff: it ended with 137 \(OOMKilled/,
    isMoving: true,
  },
  {
    name: 'the disk of a node is full, and a pod is evicted',
    act: async (cloud) => {
      await held('keystone-api', unready)(cloud);
      const status = {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'The node was low on resource: ephemeral-storage.',
      };
      await cloud.pod('keystone-api-2', { application: 'keystone', component: 'api' }, status, 'cmp-3');
    },
    cure: released,
    cause: { kind: 'Node', name: 'cmp-3' },
    says: /keystone-api-2 was evicted from the node cmp-3: The node was low on resource: ephemeral-storage/,
    isMoving: true,
  },
  {
    name: 'the disks of all nodes are full',
    act: held(
      'nova-api',
      pending('0/5 nodes are available: 5 had untolerated taint {node.kubernetes.io/disk-pressure: }'),
    ),
    cure: released,
    cause: { kind: 'Pod', name: 'nova-api-1' },
    says: /nova-api-1: 0\/5 nodes are available.*the disk of a node is full: free space on it/,
    isMoving: true,
  },
  {
    name: 'the storage class of a volume is missing',
    act: held('rabbitmq-server', pending('0/5 nodes: pod has unbound immediate PersistentVolumeClaims')),
    cure: released,
    cause: { kind: 'Pod', name: 'rabbitmq-server-1' },
    says: /rabbitmq-server-1: .*whether its storage class is missing or gives none/,
    isMoving: true,
  },
  {
    name: 'a pod names a Secret that is not there',
    act: held('nova-api', waiting('CreateContainerConfigError', 'secret "nova-etc" not found')),
    cure: released,
    cause: { kind: 'Pod', name: 'nova-api-1' },
    says: /nova-api-1 does not run: CreateContainerConfigError: secret "nova-etc" not found/,
    isMoving: true,
  },
  {
    name: 'the image of an init container cannot be pulled',
    act: held('keystone-api', {
      initContainerStatuses: [
        {
          name: 'init',
          image: 'registry/init:1',
          state: { waiting: { reason: 'ErrImagePull', message: 'unauthorized' } },
        },
      ],
    }),
    cure: released,
    cause: { kind: 'Pod', name: 'keystone-api-1' },
    says: /the image registry\/init:1 of its pod keystone-api-1 cannot be pulled: unauthorized/,
    isMoving: true,
  },
  {
    name: 'a webhook is down',
    act: refused('glance-api', 'failed calling webhook "pods.policy": connection refused'),
    cure: allowed('glance-api'),
    cause: { kind: 'Deployment', name: 'glance-api' },
    says: /its pods cannot be made: failed calling webhook "pods.policy": connection refused/,
    isMoving: true,
  },
  {
    name: 'the certificate of a webhook has expired',
    act: refused('keystone-api', 'failed calling webhook "pods.policy": x509: certificate has expired'),
    cure: allowed('keystone-api'),
    cause: { kind: 'Deployment', name: 'keystone-api' },
    says: /its pods cannot be made: .*x509: certificate has expired/,
    isMoving: true,
  },
  {
    name: 'a quota is used up',
    act: refused('nova-api', 'pods "nova-api-1" is forbidden: exceeded quota: cloud'),
    cure: allowed('nova-api'),
    cause: { kind: 'Deployment', name: 'nova-api' },
    says: /its pods cannot be made: pods "nova-api-1" is forbidden: exceeded quota: cloud/,
    isMoving: true,
  },
];
