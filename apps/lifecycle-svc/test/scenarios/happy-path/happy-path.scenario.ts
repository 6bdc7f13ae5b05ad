import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeKind } from '@keelson/api';
import { type Rack, aRack, theCluster } from '../rack/rack.js';

describe('from manifests to a Ready cluster', () => {
  let rack: Rack;
  beforeEach(async () => {
    rack = await aRack();
  });
  afterEach(async () => {
    await rack.close();
  });

  it('deploys the control plane one by one, then the workers, and says all of it', async () => {
    await rack.world.apply(...theCluster());
    await rack.allReady();
    const cluster = await rack.cluster();
    expect(cluster.status?.providerStatus).toMatchObject({
      ready: true,
      nodes: { requested: 6, ready: 6 },
      loadBalancerHost: '127.20.1.2',
      phase: 'Ready',
      releaseRefs: { current: { name: 'mosk-21-1-0-26-1', version: '21.1.0+26.1', lcmType: 'ucp' } },
    });
    expect(cluster.status?.providerStatus?.conditions?.filter((condition) => !condition.ready)).toEqual([]);
    const nodes = (await (await rack.child()).list(NodeKind)).items;
    expect(new Set(nodes.map((node) => node.metadata.labels?.['kaas.mirantis.com/machine-name']))).toEqual(
      new Set(['cp-1', 'cp-2', 'cp-3', 'wk-1', 'wk-2', 'wk-3']),
    );
    const deployed = rack.ran.filter((run) => run.endsWith('/deploy-kubernetes')).map((run) => run.split('/')[0]);
    expect(new Set(deployed.slice(0, 3))).toEqual(new Set(['cp-1', 'cp-2', 'cp-3']));
    const states = (await rack.manager.history('Machine', { namespace: 'demo', name: 'cp-1' })).map((move) => move.to);
    expect(states).toEqual(['Pending', 'Provision', 'Uninitialized', 'Prepare', 'Deploy', 'Reconfigure', 'Ready']);
    expect(rack.world.warnings).toEqual([]);
    // That the last stage is over is told in the pass after the cluster became ready.
    await rack.world.advance(30);
    const settled = rack.world.calls.length;
    await rack.world.advance(600);
    expect(rack.world.calls.slice(settled)).toEqual([]);
  });
});
