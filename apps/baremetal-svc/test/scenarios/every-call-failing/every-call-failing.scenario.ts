import { describe, expect, it } from '@jest/globals';
import { IpamHostKind, IPaddrKind } from '@keelson/api';
import { eachCallFailing, everyStatusWriteOnce, type HermeticOptions } from '@keelson/testing';
import { aRack, namespace, type Rack } from '../rack/rack.js';

/** From inventory to a running system and back, and what must be true at the end whatever went wrong on the way. */
async function play(options: HermeticOptions): Promise<Rack['world']> {
  const rack = await aRack({ ...options, servers: 1 });
  const { world, lab } = rack;
  await rack.enroll([1]);
  await rack.hostIs('srv-01', 'available', 1800);
  await rack.bind('wk-1', 'srv-01');
  await world.until(
    'the network is accepted',
    async () =>
      (await world.find(IpamHostKind, { namespace, name: 'wk-1' }))?.status?.netconfigFilesState?.startsWith('OK') ===
      true,
    600,
  );
  await rack.install('wk-1', 'srv-01');
  await rack.hostIs('srv-01', 'provisioned', 3000);
  await rack.vacate('srv-01');
  const host = await rack.hostIs('srv-01', 'available', 1800);
  const end = {
    wipes: lab.ledger.entries('srv-01').filter((entry) => entry.action === 'wipe').length,
    on: host.status?.poweredOn,
    addresses: (await world.api.list(IPaddrKind, { namespace })).items.map((address) => address.status?.address),
    media: lab.servers.get('srv-01')?.state.media,
  };
  expect(end).toEqual({
    wipes: 1,
    on: false,
    addresses: ['127.20.0.10'],
    media: { Cd: undefined, ConfigCd: undefined },
  });
  await rack.close();
  return world;
}

describe('every call to the API failing once', () => {
  it.each(['lostRequest', 'lostAnswer', 'conflict'] as const)(
    '%s: the end is the same',
    async (fault) => {
      expect(await eachCallFailing(play, [fault])).toBeGreaterThan(20);
    },
    400_000,
  );

  it('every status write lost once: the end is the same', async () => {
    await play({ faults: { api: everyStatusWriteOnce('lostRequest') } });
    await play({ faults: { api: everyStatusWriteOnce('lostAnswer') } });
  });
});
