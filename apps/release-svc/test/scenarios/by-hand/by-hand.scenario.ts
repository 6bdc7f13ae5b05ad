import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClusterKind, ClusterUpdatePlanKind, KaaSReleaseKind, LCMClusterKind, NodeKind } from '@keelson/api';
import {
  type Rack,
  clusterName,
  namespace,
  nextReleaseName,
} from '../../../../lifecycle-svc/test/scenarios/rack/rack.js';
import { releaseReconcilers } from '../../../src/reconcilers.js';
import { offline, type StandIns } from '../cloud.js';
import { aSmallCluster } from '../small-cluster.js';

const cluster = { namespace, name: clusterName };
const key = { namespace, name: 'first-21.2.0' };
const steps = ['openstack', 'ceph', 'k8s-controllers', 'k8s-workers-first-default', 'mcc-components'];

/** lifecycle-svc and release-svc over the lab's cluster and real agents; OpenStack and Ceph are stand-ins. All of it is simulated. */
describe('a release written to the Cluster by hand where there is no plan', () => {
  let rack: Rack;
  let owners: StandIns;
  beforeEach(async () => {
    ({ rack, owners } = await aSmallCluster());
  });
  afterEach(async () => {
    await rack.close();
  });

  const write = (): Promise<unknown> =>
    rack.world.api.patch(ClusterKind, cluster, { spec: { providerSpec: { value: { release: nextReleaseName } } } });
  /** What a release says of ways cannot be changed: none leads anywhere while it is not the one in use. */
  const inUse = (is: boolean): Promise<unknown> =>
    rack.world.api.patch(
      KaaSReleaseKind,
      { name: 'kaas-2-32-0' },
      { metadata: { labels: { 'kaas.mirantis.com/active': is ? 'true' : null } } },
    );
  const kubelets = async (): Promise<readonly unknown[]> => [
    ...new Set(
      (await (await rack.child()).list(NodeKind)).items.map(({ status }) => status?.nodeInfo?.['kubeletVersion']),
    ),
  ];
  const startReleaseSvc = (): Promise<unknown> =>
    rack.world.run('release-svc', releaseReconcilers({ ...rack.world, http: offline, config: {} }));

  it.each<readonly [string, () => Promise<unknown>]>([
    ['the update is offered', async () => undefined],
    ['no way leads there any more, and it goes on all the same', () => inUse(false)],
  ])('waits for release-svc, by which every owner is asked in order: %s', async (_how, meanwhile) => {
    const { world } = rack;
    await write();
    await world.advance(1800);
    await meanwhile();
    await world.advance(60);
    expect([await kubelets(), (await world.get(LCMClusterKind, cluster)).spec.release]).toEqual([
      ['v1.31.9'],
      '21.2.0+26.2',
    ]);
    await startReleaseSvc();
    await world.until('openstack and ceph are asked', () => owners.ordered.includes('ceph'), 900);
    expect(await kubelets()).toEqual(['v1.31.9']);
    const plan = () => world.get(ClusterUpdatePlanKind, key);
    await world.until('the update is over', async () => (await plan()).status?.status === 'Completed', 4 * 3600);
    const begun = ((await plan()).status?.steps ?? []).map(({ id, startedAt = '' }) => ({
      id,
      at: Date.parse(startedAt),
    }));
    expect(begun.map(({ id }) => id)).toEqual(steps);
    expect(begun.map(({ at }) => at)).toEqual(begun.map(({ at }) => at).sort((a, b) => a - b));
    expect([await kubelets(), owners.ordered]).toEqual([['v1.32.5'], ['openstack', 'ceph']]);
  });

  it('is refused with a release that is pulled back', async () => {
    const { world } = rack;
    await startReleaseSvc();
    await world.api.patch(
      KaaSReleaseKind,
      { name: 'kaas-2-32-0' },
      { metadata: { annotations: { 'keelson.dev/pulled-back': '2026-01-01' } } },
    );
    await world.advance(10);
    await expect(write()).rejects.toThrow('releaseRefs.available');
    expect(await world.find(ClusterUpdatePlanKind, key)).toBeUndefined();
  });

  it('is not begun where the way there has just gone, and says so until there is one again', async () => {
    const { world } = rack;
    await startReleaseSvc();
    // At once: before lifecycle-svc has told that there is no way, by which the release would be refused.
    await Promise.all([inUse(false), write()]);
    const told = async () => (await rack.cluster()).status?.progress;
    await world.until('it is told', async () => (await told())?.reason === 'NoWay', 10);
    await world.advance(1800);
    expect([await told(), await kubelets(), owners.ordered]).toEqual([
      expect.objectContaining({
        waitingOn: { kind: 'ClusterRelease', name: nextReleaseName },
        message: expect.stringMatching(
          /names mosk-21-2-0-26-2, and no way leads there from mosk-21-1-0-26-1: nothing is/,
        ),
      }),
      ['v1.31.9'],
      [],
    ]);
    expect((await rack.cluster()).status?.providerStatus?.ready).toBe(true);
    await inUse(true);
    const isDone = async (): Promise<boolean> =>
      (await world.find(ClusterUpdatePlanKind, key))?.status?.status === 'Completed';
    await world.until('the update is over', isDone, 4 * 3600);
    expect(owners.ordered).toEqual(['openstack', 'ceph']);
  });
});
