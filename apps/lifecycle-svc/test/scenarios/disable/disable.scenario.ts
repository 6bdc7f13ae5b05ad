import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeDisableNotificationKind } from '@keelson/api';
import { type Rack, aCluster, aMachine, aRack, aSubnet, eventsOf } from '../rack/rack.js';

describe('disable', () => {
  let rack: Rack;
  beforeEach(async () => {
    rack = await aRack({ servers: 2 });
    await rack.world.apply(aSubnet(), aCluster(), aMachine('cp-1', 1), aMachine('wk-1', 2));
    await rack.allReady();
  });
  afterEach(async () => {
    await rack.close();
  });

  it('takes a dead worker out of the count, so that the cluster is ready without it, and brings it back', async () => {
    rack.cut('srv-2');
    await rack.world.until('noticed', async () => (await rack.cluster()).status?.providerStatus?.ready === false, 300);
    await rack.ask('wk-1', { disable: true });
    await rack.world.until(
      'the cluster is ready without it',
      async () => (await rack.cluster()).status?.providerStatus?.ready === true,
      120,
    );
    expect((await rack.cluster()).status?.providerStatus?.nodes).toEqual({ requested: 1, ready: 1, disabled: 1 });
    expect((await rack.machine('wk-1')).status).toMatchObject({
      phase: 'Disabled',
      providerStatus: { status: 'Disabled', ready: false },
    });
    expect((await rack.lcm('wk-1')).spec.haltAgent).toBe(true);
    const child = await rack.child();
    const told = async () => (await child.list(NodeDisableNotificationKind)).items.map(({ spec }) => spec.nodeName);
    expect(await told()).toEqual([(await rack.machine('wk-1')).status?.instanceName]);
    await rack.mend('srv-2');
    await rack.ask('wk-1', { disable: false });
    await rack.allReady();
    expect((await rack.cluster()).status?.providerStatus?.nodes).toEqual({ requested: 2, ready: 2 });
    expect(await told()).toEqual([]);
  });

  it('is refused for a control-plane machine', async () => {
    await rack.ask('cp-1', { disable: true });
    await rack.world.advance(60);
    const machine = await rack.machine('cp-1');
    expect([machine.status?.phase, await eventsOf(rack, machine)]).toEqual([
      'Ready',
      expect.arrayContaining([expect.stringContaining('DisableRefused: only workers can be disabled')]),
    ]);
  });
});
