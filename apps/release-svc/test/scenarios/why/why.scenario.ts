import { describe, expect, it } from '@jest/globals';
import type { KubeObject, Reference } from '@keelson/api';
import { alertsRequest } from '@keelson/contracts';
import { type Cloud, aCloud, clusterName, namespace, planName, reportCluster } from '../cloud.js';

const steps = ['openstack', 'ceph', 'k8s-controllers', 'k8s-workers-cloud-default', 'mcc-components'];

interface Fault {
  readonly name: string;
  readonly act: (cloud: Cloud) => Promise<unknown>;
  readonly cause: Partial<Reference>;
  readonly says: RegExp;
}

const pausing: KubeObject & { readonly spec: object } = {
  apiVersion: 'kaas.mirantis.com/v1alpha1',
  kind: 'UpdateAutoPause',
  metadata: { name: clusterName, namespace },
  spec: { alerts: ['NovaServiceDown'] },
};

/** What holds an update up above the machines, and the one thing that must move. */
const faults: readonly Fault[] = [
  {
    name: 'nothing of it is commenced further',
    act: async (cloud) => {
      await cloud.commence('openstack');
      await cloud.until('openstack', 'Completed');
    },
    cause: { kind: 'ClusterUpdatePlan', name: planName },
    says: /the next step, ceph, waits for commence: true/,
  },
  {
    name: 'the owner of a step is absent',
    act: async (cloud) => {
      await cloud.owners.leave('openstack');
      await cloud.commence(...steps);
    },
    cause: { kind: 'Service', name: 'openstack-svc' },
    says: /openstack-svc, which brings this step about, does not answer/,
  },
  {
    name: 'an owner refuses its step before the update begins',
    act: (cloud) => {
      cloud.owners.refusing.set('openstack', '21.2.0+26.2 does not know OpenStack antelope');
      return cloud.commence(...steps);
    },
    cause: { kind: 'OpenStackDeployment', name: 'osh-dev' },
    says: /openstack-svc refuses openstack: 21\.2\.0\+26\.2 does not know OpenStack antelope/,
  },
  {
    name: 'its target does not fit, and nobody has commenced it',
    act: async (cloud) => void cloud.owners.refusing.set('openstack', '21.2.0+26.2 does not know OpenStack antelope'),
    cause: { kind: 'OpenStackDeployment', name: 'osh-dev' },
    says: /openstack-svc refuses openstack: 21\.2\.0\+26\.2 does not know OpenStack antelope/,
  },
  {
    name: 'a step fails',
    act: (cloud) => {
      cloud.owners.failing.set('ceph', 'an OSD does not come back');
      return cloud.commence(...steps);
    },
    cause: { kind: 'Cluster', name: clusterName },
    says: /an OSD does not come back/,
  },
  {
    name: 'an alert pauses it',
    act: async (cloud) => {
      await cloud.commence(...steps);
      await cloud.until('openstack', 'InProgress');
      await cloud.world.apply(pausing);
      await cloud.world.bus.respond(alertsRequest, async () => ({ firing: ['NovaServiceDown'] }));
    },
    cause: { kind: 'UpdateAutoPause', name: clusterName },
    says: /NovaServiceDown/,
  },
  {
    name: 'the cluster is not ready',
    act: async (cloud) => {
      await reportCluster(cloud.world, 'mosk-a', { ready: false });
      await cloud.commence(...steps);
    },
    cause: { kind: 'Cluster', name: clusterName },
    says: /is not ready: cure that first/,
  },
  {
    name: 'the cluster is in maintenance',
    act: async (cloud) => {
      await reportCluster(cloud.world, 'mosk-a', { maintenance: true });
      await cloud.commence(...steps);
    },
    cause: { kind: 'Cluster', name: clusterName },
    says: /is in maintenance mode: end that first/,
  },
];

describe('why an update does not get on', () => {
  it.each(faults)('when $name', async ({ act, cause, says }) => {
    const cloud = await aCloud();
    try {
      await act(cloud);
      await cloud.world.advance(900);
      const { chain } = await cloud.manager.why('ClusterUpdatePlan', { namespace, name: planName });
      const [top] = chain;
      expect(chain.at(-1)?.object).toMatchObject(cause);
      expect(top?.message).toMatch(says);
      expect([top?.since, top?.lookedAt].every((time) => !Number.isNaN(Date.parse(time ?? '')))).toBe(true);
      expect([top?.unblocks, top?.abort]).not.toContain(undefined);
      // Where nothing moves it may be held without end.
      const isMoving = top?.state === 'InProgress';
      expect([top?.deadline !== undefined, top?.heartbeat !== undefined]).toEqual([isMoving, isMoving]);
    } finally {
      await cloud.world.close();
    }
  });
});
