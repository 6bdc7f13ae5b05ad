import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Rack, aCluster, aMachine, aRack, aSubnet, eventsOf } from '../rack/rack.js';

/** One control-plane machine and one worker: enough for everything that goes wrong. */
const small = () => [aSubnet(), aCluster(), aMachine('cp-1', 1), aMachine('wk-1', 2)];

describe('trouble', () => {
  let rack: Rack;
  beforeEach(async () => {
    rack = await aRack({ servers: 2 });
    await rack.world.apply(...small());
  });
  afterEach(async () => {
    await rack.close();
  });

  it('an item that fails is named with its try and what it said, others wait for it by name, and all recovers', async () => {
    rack.failures.set('cp-1/deploy-kubernetes', [7, 7, 7, 7]);
    await rack.world.until('cp-1 stuck', async () => (await rack.lcm('cp-1')).status?.lcmOperationStuck === true);
    const message = expect.stringMatching(
      /item deploy-kubernetes failed on try \d with code 7: the scenario wants it so/,
    );
    expect((await rack.lcm('cp-1')).status).toMatchObject({
      state: 'Deploy',
      lcmOperationStuckMessage: message,
      progress: { waitingOn: { kind: 'Agent', name: 'cp-1' }, reason: 'ItemFailing' },
    });
    await rack.world.advance(2);
    const machine = await rack.machine('cp-1');
    expect(machine.status?.providerStatus).toMatchObject({
      ready: false,
      conditions: expect.arrayContaining([{ type: 'LCM', ready: false, message }]),
    });
    expect(await eventsOf(rack, machine)).toContainEqual(
      expect.stringMatching(/^MachineLCMAgentNotReady: item deploy-kubernetes/),
    );
    expect((await rack.lcm('wk-1')).status?.progress).toMatchObject({
      reason: 'AwaitsControlPlane',
      waitingOn: { kind: 'LCMCluster', name: 'first' },
    });
    expect(
      (await rack.manager.why('LCMMachine', { namespace: 'demo', name: 'wk-1' })).chain.map(
        (link) => `${link.object.kind}/${link.object.name}`,
      ),
    ).toEqual(['LCMMachine/wk-1', 'LCMCluster/first', 'LCMMachine/cp-1', 'Agent/cp-1']);
    await rack.allReady();
  });

  it('a silent agent makes its machine and cluster not ready, by name, within three minutes; they recover when it is back', async () => {
    await rack.allReady();
    rack.cut('srv-2');
    await rack.world.until(
      'noticed',
      async () => !(await rack.isReady('wk-1')) && (await rack.cluster()).status?.providerStatus?.ready === false,
      200,
    );
    await rack.world.until(
      'the agent is named',
      async () => (await rack.lcm('wk-1')).status?.lcmOperationStuck === true,
      200,
    );
    await rack.world.advance(60);
    const [machine, cluster] = [await rack.machine('wk-1'), await rack.cluster()];
    expect(machine.status?.providerStatus?.conditions).toContainEqual({
      type: 'LCM',
      ready: false,
      message: expect.stringContaining('the agent of wk-1 is silent since'),
    });
    expect(cluster.status?.providerStatus).toMatchObject({
      ready: false,
      phase: 'Degraded',
      nodes: { requested: 2, ready: 1 },
      conditions: expect.arrayContaining([
        {
          type: 'Nodes',
          ready: false,
          message: expect.stringMatching(
            /^1 of 2 nodes are ready; not ready: wk-1; wk-1: the agent of wk-1 is silent since /,
          ),
        },
      ]),
    });
    await rack.mend('srv-2');
    await rack.allReady();
  });

  it('a cluster whose API is silent is not ready and says why', async () => {
    await rack.allReady();
    rack.cut('srv-1');
    await rack.world.until(
      'noticed',
      async () =>
        (await rack.cluster()).status?.providerStatus?.conditions?.some(
          (condition) => condition.type === 'Kubernetes' && !condition.ready,
        ) === true,
      200,
    );
    const cluster = await rack.cluster();
    expect(cluster.status?.providerStatus?.conditions).toContainEqual({
      type: 'Kubernetes',
      ready: false,
      message: expect.stringContaining('connection refused'),
    });
    await rack.mend('srv-1');
    await rack.allReady();
  });
});
