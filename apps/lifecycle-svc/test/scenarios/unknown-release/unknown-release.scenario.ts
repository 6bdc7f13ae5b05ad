import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClusterKind } from '@keelson/api';
import { type Rack, aCluster, aRack, aSubnet, clusterName, eventsOf, namespace } from '../rack/rack.js';

describe('a cluster that cannot be', () => {
  let rack: Rack;
  beforeEach(async () => {
    rack = await aRack({ servers: 1 });
  });
  afterEach(async () => {
    await rack.close();
  });

  it('an unknown release is named with the known ones, and cured by another name', async () => {
    await rack.world.apply(aSubnet(), aCluster({ release: 'mosk-99' }));
    await rack.world.advance(5);
    const cluster = await rack.cluster();
    expect(cluster.status).toMatchObject({
      errorReason: 'UnknownRelease',
      errorMessage: expect.stringMatching(/no ClusterRelease mosk-99; there are mosk-21-1-0-26-1/),
      providerStatus: { ready: false, phase: 'Blocked' },
    });
    expect(await eventsOf(rack, cluster)).toEqual([expect.stringContaining('UnknownRelease')]);
    await rack.world.api.patch(
      ClusterKind,
      { namespace, name: clusterName },
      { spec: { providerSpec: { value: { release: 'mosk-21-1-0-26-1' } } } },
    );
    await rack.world.until(
      'it goes on',
      async () => (await rack.cluster()).status?.providerStatus?.['phase'] === 'Deploying',
      60,
    );
    expect((await rack.cluster()).status?.errorReason).toBeUndefined();
  });

  it('without an address for its API it says which Subnet is missing, and goes on when it comes', async () => {
    await rack.world.apply(aCluster());
    await rack.world.advance(5);
    expect((await rack.cluster()).status).toMatchObject({
      errorReason: 'NoAddress',
      errorMessage: expect.stringContaining('ipam/SVC-LBhost'),
    });
    await rack.world.apply(aSubnet());
    await rack.world.until(
      'it goes on',
      async () => (await rack.cluster()).status?.providerStatus?.['phase'] === 'Deploying',
      60,
    );
  });

  it('deleted without machines it leaves nothing behind', async () => {
    await rack.world.apply(aSubnet(), aCluster());
    await rack.world.until(
      'it is built',
      async () => (await rack.cluster()).status?.providerStatus?.['phase'] === 'Deploying',
      60,
    );
    await rack.world.api.delete(ClusterKind, { namespace, name: clusterName });
    await rack.world.until(
      'it is gone',
      async () => (await rack.world.find(ClusterKind, { namespace, name: clusterName })) === undefined,
      60,
    );
    const { IPaddrKind, LCMClusterKind, SecretKind } = await import('@keelson/api');
    const left = await Promise.all(
      [SecretKind, IPaddrKind, LCMClusterKind].map(
        async (kind) => (await rack.world.api.list(kind, { namespace })).items.length,
      ),
    );
    expect(left).toEqual([0, 0, 0]);
  });
});
