import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClusterReleaseKind, KaaSReleaseKind, type Kind, type KubeObject } from '@keelson/api';
import { aCloud, type Cloud, reportCluster } from '../cloud.js';
import { policies } from '../policies.js';

describe('a release in use', () => {
  let cloud: Cloud;
  beforeEach(async () => {
    cloud = await aCloud();
    await cloud.world.apply(...policies('releases'));
    await cloud.world.advance(5);
  });
  afterEach(() => cloud.world.close());

  const remove = (kind: Kind<KubeObject>, name: string): Promise<void> => cloud.world.api.delete(kind, { name });

  it('cannot be deleted, and the refusal names who uses it; one that nobody uses can', async () => {
    await expect(remove(ClusterReleaseKind, 'mosk-a')).rejects.toThrow(
      'ClusterRelease mosk-a is in use by Cluster demo/cloud and cannot be deleted',
    );
    await expect(remove(KaaSReleaseKind, 'kaas-a')).rejects.toThrow('in use by the update graph');
    await remove(ClusterReleaseKind, 'mosk-b');
  });

  it('is let go when the cluster has left it, and held by an update from its first step on', async () => {
    await cloud.commence('openstack');
    await cloud.until('openstack', 'InProgress');
    await cloud.world.advance(5);
    await expect(remove(ClusterReleaseKind, 'mosk-b')).rejects.toThrow('ClusterUpdatePlan demo/cloud-21.2.0');
    await cloud.commence('openstack', 'ceph', 'k8s-controllers', 'k8s-workers-cloud-default', 'mcc-components');
    await cloud.until('mcc-components', 'Completed');
    await reportCluster(cloud.world, 'mosk-b');
    await cloud.world.advance(5);
    await remove(ClusterReleaseKind, 'mosk-a');
    await expect(remove(ClusterReleaseKind, 'mosk-b')).rejects.toThrow('is in use by');
  });

  it('pulled back by its publisher: what has begun goes on, what has not is offered no longer', async () => {
    const mark = (since: string | null): Promise<unknown> =>
      cloud.world.api.patch(
        KaaSReleaseKind,
        { name: 'kaas-a' },
        { metadata: { annotations: { 'keelson.dev/pulled-back': since } } },
      );
    await mark('2026-01-01T00:00:00Z');
    await cloud.world.advance(5);
    await expect(cloud.plan()).rejects.toThrow();
    await mark(null);
    await cloud.world.advance(5);
    await cloud.commence('openstack', 'ceph');
    await cloud.until('openstack', 'InProgress');
    await mark('2026-01-01T00:10:00Z');
    await cloud.until('ceph', 'Completed');
  });
});
