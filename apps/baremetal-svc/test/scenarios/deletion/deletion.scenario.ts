import { afterEach, describe, expect, it } from '@jest/globals';
import { BareMetalHostInventoryKind, BareMetalHostKind, HardwareDataKind, MachineKind } from '@keelson/api';
import { aRack, namespace, type Rack } from '../rack/rack.js';

const key = { namespace, name: 'srv-01' };

describe('deletion of an inventory', () => {
  let rack: Rack;
  afterEach(() => rack.close());

  const gone = (limitSeconds: number): Promise<void> =>
    rack.world.until(
      'inventory and host are gone',
      async () =>
        (await rack.world.find(BareMetalHostInventoryKind, key)) === undefined &&
        (await rack.world.find(BareMetalHostKind, key)) === undefined,
      limitSeconds,
    );
  const isOff = (): boolean => rack.lab.servers.get('srv-01')?.power === 'Off';

  it.each(['registering', 'inspecting', 'preparing', 'available'])(
    'in %s powers the server off and ends',
    async (state) => {
      rack = await aRack();
      // A BMC that answers is registered within one look.
      if (state === 'registering') rack.fault('bmcUnreachable', 'srv-01');
      await rack.enroll([1]);
      await rack.hostIs('srv-01', state, 900);
      await rack.world.api.delete(BareMetalHostInventoryKind, key);
      await gone(400);
      expect(isOff()).toBe(true);
    },
  );

  it('with a BMC that never answered ends at once, with one that is gone after five minutes and a warning', async () => {
    rack = await aRack();
    rack.fault('bmcUnreachable', 'srv-02');
    await rack.enroll([1, 2]);
    await rack.hostIs('srv-01', 'available', 900);
    await rack.world.api.delete(BareMetalHostInventoryKind, { namespace, name: 'srv-02' });
    await rack.world.until(
      'srv-02 is gone',
      async () => (await rack.world.find(BareMetalHostInventoryKind, { namespace, name: 'srv-02' })) === undefined,
      120,
    );
    rack.fault('bmcUnreachable', 'srv-01');
    await rack.world.api.delete(BareMetalHostInventoryKind, key);
    await gone(900);
    expect(await rack.events('NotPoweredOff')).toHaveLength(1);
  });

  it.each(['provisioning', 'provisioned'])(
    'in %s waits for the Machine that uses the host, then goes on by itself',
    async (state) => {
      rack = await aRack();
      const { world } = rack;
      await rack.enroll([1]);
      await rack.hostIs('srv-01', 'available', 900);
      await rack.bind('wk-1', 'srv-01');
      await rack.install('wk-1', 'srv-01');
      await rack.hostIs('srv-01', state, 1200);
      await world.api.delete(BareMetalHostInventoryKind, key);
      await world.advance(120);
      const held = await world.get(BareMetalHostInventoryKind, key);
      expect(held.status?.progress).toMatchObject({
        state: 'removing',
        reason: 'HostInUse',
        waitingOn: { kind: 'Machine', name: 'wk-1' },
        message: expect.stringMatching(/Delete the Machine first/),
      });
      expect((await rack.host('srv-01')).metadata.deletionTimestamp).toBeUndefined();
      await rack.vacate('srv-01');
      await rack.hostIs('srv-01', 'available', 900);
      await world.api.patch(BareMetalHostKind, key, { spec: { consumerRef: null } });
      await world.api.delete(MachineKind, { namespace, name: 'wk-1' });
      await gone(900);
      expect(isOff()).toBe(true);
      expect(rack.lab.servers.get('srv-01')?.state.media).toEqual({ Cd: undefined, ConfigCd: undefined });
    },
  );

  it('a host deleted directly is made anew', async () => {
    rack = await aRack();
    await rack.enroll([1]);
    const first = await rack.hostIs('srv-01', 'available', 900);
    await rack.world.api.delete(BareMetalHostKind, key);
    await rack.world.until(
      'another host',
      async () => {
        const host = await rack.world.find(BareMetalHostKind, key);
        return (
          host !== undefined &&
          host.metadata.uid !== first.metadata.uid &&
          host.status?.provisioning.state === 'available'
        );
      },
      1200,
    );
    expect((await rack.world.get(HardwareDataKind, key)).spec.hardware?.nics).toHaveLength(4);
  });
});
