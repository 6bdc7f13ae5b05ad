import { DeploymentKind, type Job, JobKind, OpenStackDeploymentKind } from '@keelson/api';
import { attemptAnnotation } from '../../../src/names.js';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { cloudKey } from '../cloud-world.js';
import type { Fault } from './fault.js';
import { type FaultyCloud, namespace } from './faulty-cloud.js';

export const waiting = (reason: string, message = ''): object => ({
  containerStatuses: [{ name: 'main', image: 'registry/main:1', state: { waiting: { reason, message } } }],
});

/** A workload does not get ready, and its pod says why. */
export const held =
  (workload: string, status: object, node?: string) =>
  async (cloud: FaultyCloud): Promise<void> => {
    const [application = '', component = ''] = workload.split('-');
    cloud.world.workloads.stuck.add(workload);
    await cloud.change();
    await cloud.tells(workload);
    await cloud.pod(`${workload}-1`, { application, component }, status, node);
    if (node !== undefined) await cloud.node(node, false);
  };

export const released = async (cloud: FaultyCloud): Promise<void> => {
  cloud.world.workloads.stuck.clear();
  cloud.world.workloads.failing.clear();
  await cloud.noPods();
  await cloud.node('cmp-3', true);
  await cloud.set({});
};

/** A Job that fails so often in a row. */
const failing =
  (name: string, times: number, begin: (cloud: FaultyCloud) => Promise<void>) =>
  async (cloud: FaultyCloud): Promise<void> => {
    cloud.world.workloads.failing.set(name, times);
    await begin(cloud);
    const hasFailed = ({ metadata, status }: Job): boolean =>
      Number(metadata.annotations?.[attemptAnnotation] ?? 1) >= times &&
      status?.conditions?.some(({ type }) => type === 'Failed') === true;
    await cloud.world.until(`${name} has failed`, async () => {
      const job = await cloud.world.api.get(JobKind, { namespace, name });
      return job !== undefined && hasFailed(job);
    });
  };

/** There is no way back: afterwards the base is the new release. */
const upgrading =
  (openstack_version: string) =>
  (cloud: FaultyCloud): Promise<void> => {
    cloud.base = { ...cloud.base, openstack_version };
    return cloud.set({});
  };
const secretRef = { value_from: { secret_key_ref: { name: 'mine', key: 'token' } } };
const itself = { kind: 'OpenStackDeployment', name: 'osh' };

/** What holds the apply of a cloud up. */
export const applyingFaults: readonly Fault[] = [
  {
    name: 'an image cannot be pulled',
    act: held('keystone-api', waiting('ImagePullBackOff', 'manifest unknown')),
    cure: released,
    cause: { kind: 'Pod', name: 'keystone-api-1' },
    says: /the image registry\/main:1 of its pod keystone-api-1 cannot be pulled: manifest unknown/,
    isMoving: true,
  },
  {
    name: 'a container crashes',
    act: held('glance-api', waiting('CrashLoopBackOff', 'back-off')),
    cure: released,
    cause: { kind: 'Pod', name: 'glance-api-1' },
    says: /the container main of its pod glance-api-1 does not run: CrashLoopBackOff/,
    isMoving: true,
  },
  {
    name: 'no node takes a pod',
    act: held('nova-api', {
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/5 nodes' }],
    }),
    cure: released,
    cause: { kind: 'Pod', name: 'nova-api-1' },
    says: /no node takes its pod nova-api-1: 0\/5 nodes/,
    isMoving: true,
  },
  {
    name: 'a node is not ready',
    act: held('nova-agent', { phase: 'Running' }, 'cmp-3'),
    cure: released,
    cause: { kind: 'Node', name: 'cmp-3' },
    says: /its pod nova-agent-1 is on the node cmp-3, which is not Ready/,
    isMoving: true,
  },
  {
    name: 'a service waits for another',
    act: async (cloud) => {
      cloud.world.workloads.stuck.add('rabbitmq-server');
      await cloud.change();
      await cloud.tells('rabbitmq-server');
    },
    cure: released,
    cause: { kind: 'StatefulSet', name: 'rabbitmq-server' },
    says: /messaging: waits for StatefulSet openstack\/rabbitmq-server to be ready/,
    isMoving: true,
  },
  {
    name: 'a Job fails',
    act: failing('glance-db-sync', 1, (cloud) => cloud.change()),
    cure: released,
    cause: { kind: 'Job', name: 'glance-db-sync' },
    says: /image: Job openstack\/glance-db-sync failed and is run again: its pod ended with 1/,
    isMoving: true,
  },
  {
    name: 'a Job fails again and again',
    act: failing('glance-db-sync', 3, (cloud) => cloud.change()),
    cure: released,
    cause: { kind: 'Job', name: 'glance-db-sync' },
    says: /image: Job openstack\/glance-db-sync failed 3 times: its pod ended with 1/,
    isMoving: false,
  },
  {
    name: 'the pod of a Job does not start',
    act: async (cloud) => {
      cloud.world.workloads.stuck.add('nova-db-sync');
      await cloud.change();
      await cloud.tells('nova-db-sync');
      await cloud.pod(
        'nova-db-sync-x',
        { 'job-name': 'nova-db-sync' },
        waiting('CreateContainerConfigError', 'no key'),
      );
    },
    cure: released,
    cause: { kind: 'Pod', name: 'nova-db-sync-x' },
    says: /nova-db-sync-x does not run: CreateContainerConfigError: no key/,
    isMoving: true,
  },
  {
    name: 'a Secret that the spec names is missing',
    act: (cloud) => cloud.set({ services: { identity: { keystone: { values: { conf: { token: secretRef } } } } } }),
    cure: released,
    cause: { kind: 'Secret', name: 'mine' },
    says: /The Secret mine that the spec names by value_from/,
    isMoving: false,
  },
  {
    name: 'the spec is not valid',
    act: (cloud) => cloud.set({ migration: { without: 'broken' } }),
    cure: released,
    cause: itself,
    says: /spec\.migration\.without is not valid/,
    isMoving: false,
  },
  {
    name: 'there is another cloud',
    of: ['OpenStackDeployment', 'second'],
    act: async (cloud) => {
      await cloud.world.clock.advance(1_000);
      await cloud.world.apply(aDeployment({}, 'second'));
    },
    cure: ({ world }) => world.api.delete(OpenStackDeploymentKind, { namespace, name: 'second' }),
    cause: itself,
    says: /A cluster carries one cloud, and this one has openstack\/osh/,
    isMoving: false,
  },
  {
    name: 'new credentials do not get into use',
    act: async (cloud) => {
      cloud.world.workloads.stuck.add('keystone-api');
      const patch = { status: { credentials: { service: { rotation_id: 1 } } } };
      await cloud.world.api.patch(OpenStackDeploymentKind, cloudKey, patch, { subresource: 'status' });
      await cloud.tells('keystone-api');
    },
    cure: released,
    cause: { kind: 'Deployment', name: 'keystone-api' },
    says: /identity: waits for Deployment openstack\/keystone-api to be ready/,
    isMoving: true,
  },
  {
    name: 'an upgrade may not begin, as the cloud is not healthy',
    act: async (cloud) => {
      await lost(cloud, 'glance-api');
      await upgrading('epoxy')(cloud);
    },
    cure: released,
    cause: { kind: 'Deployment', name: 'glance-api' },
    says: /No service is upgraded while the cloud is not healthy \(4\/5\): Deployment openstack\/glance-api is not/,
    isMoving: true,
  },
  {
    name: 'the check of an upgrade fails',
    act: failing('keystone-upgrade-check', 1, upgrading('gazpacho')),
    cure: released,
    cause: { kind: 'Job', name: 'keystone-upgrade-check' },
    says: /keystone-upgrade-check failed and is run again: its pod ended with 1. It is the check of gazpacho, of which nothing has begun/,
    isMoving: false,
  },
];

/** A workload that ran loses its pods, and that is believed. */
export async function lost({ world }: FaultyCloud, name: string): Promise<void> {
  world.workloads.stuck.add(name);
  const key = { namespace, name };
  await world.api.patch(DeploymentKind, key, { status: { availableReplicas: 0 } }, { subresource: 'status' });
  await world.until('it is believed', async () => (await world.status())?.osdpl?.health === '4/5', 60);
}
