import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BareMetalHostInventoryKind,
  BareMetalHostKind,
  type BareMetalHost,
  type KubernetesCondition,
} from '@keelson/api';
import { credential, inventory } from '../rack/manifests.js';
import { aRack, namespace, type Rack } from '../rack/rack.js';

describe('a BMC that makes trouble', () => {
  let rack: Rack;
  afterEach(() => rack.close());

  it('refuses the password: it is named, not hammered, and cured by a new password', async () => {
    rack = await aRack();
    const { world } = rack;
    await rack.enroll([1], { password: 'wrong' });
    await world.advance(60);
    const host = await rack.host('srv-01');
    expect(shown(host)).toEqual({
      state: 'registering',
      operational: 'error',
      type: 'registration error',
      count: 1,
      manageable: { status: 'False', reason: 'BMCAuthenticationFailed' },
    });
    expect(host.status?.errorMessage).toMatch(
      /refuses user admin; put the right user name and password into the BareMetalHostCredential/,
    );
    expect(await rack.events('BMCAuthenticationFailed')).toHaveLength(1);
    const writes = world.calls.length;
    await world.advance(1200);
    expect(world.calls.length).toBe(writes);
    await world.apply(credential('srv-01'));
    const cured = await rack.hostIs('srv-01', 'available', 400);
    expect(shown(cured)).toEqual({
      state: 'available',
      operational: 'OK',
      type: undefined,
      count: 0,
      manageable: { status: 'True', reason: 'Manageable' },
    });
  });

  it('does not answer while registering: it is named and tried on until it does', async () => {
    rack = await aRack();
    rack.fault('bmcUnreachable', 'srv-01', 1200);
    await rack.enroll([1]);
    await rack.world.advance(120);
    const host = await rack.host('srv-01');
    expect(shown(host)).toMatchObject({
      state: 'registering',
      operational: 'error',
      type: 'registration error',
      manageable: { status: 'False', reason: 'BMCUnreachable' },
    });
    expect(host.status?.errorMessage).toMatch(/does not answer\. Check its network/);
    expect((await rack.world.get(BareMetalHostInventoryKind, { namespace, name: 'srv-01' })).status?.errorMessage).toBe(
      host.status?.errorMessage,
    );
    expect(shown(await rack.hostIs('srv-01', 'available', 2400))).toMatchObject({ operational: 'OK', type: undefined });
  });

  it.each(['bmcUnreachable', 'bmcErrors', 'bmcSlow', 'bmcWrongPassword'] as const)(
    'fails a running host with %s: said, the host left alone, then forgotten',
    async (kind) => {
      rack = await aRack();
      await provisioned(rack);
      const before = rack.lab.ledger.entries().length;
      rack.fault(kind, 'srv-01', 900);
      await rack.world.advance(600);
      const host = await rack.host('srv-01');
      if (kind !== 'bmcErrors')
        expect(shown(host)).toMatchObject({
          state: 'provisioned',
          operational: 'error',
          type: 'provisioned registration error',
        });
      await rack.world.advance(1200);
      expect(shown(await rack.host('srv-01'))).toMatchObject({
        state: 'provisioned',
        operational: 'OK',
        type: undefined,
      });
      expect(rack.lab.ledger.entries().length).toBe(before);
    },
  );

  it('ignores power commands: it is found out, said, and goes on when it obeys', async () => {
    rack = await aRack();
    rack.fault('powerIgnored', 'srv-01', 900);
    await rack.enroll([1]);
    await rack.world.advance(600);
    const host = await rack.host('srv-01');
    expect(shown(host)).toMatchObject({ state: 'inspecting', operational: 'error', type: 'power management error' });
    expect(host.status?.errorMessage).toMatch(/accepts power commands, but the server stays Off/);
    expect(shown(await rack.hostIs('srv-01', 'available', 1200))).toMatchObject({ operational: 'OK' });
    expect((await rack.host('srv-01')).status?.poweredOn).toBe(false);
  });

  it('hangs in the self test: reset after 20 minutes, and inspected', async () => {
    rack = await aRack();
    rack.fault('postHang', 'srv-01', 1500);
    await rack.enroll([1]);
    await rack.world.advance(1300);
    expect(shown(await rack.host('srv-01'))).toMatchObject({ state: 'inspecting', type: 'inspection error' });
    expect(shown(await rack.hostIs('srv-01', 'available', 3000))).toMatchObject({ operational: 'OK', type: undefined });
  });

  it('is power cycled by spec.online and by the reboot annotation', async () => {
    rack = await aRack();
    const { world } = rack;
    await provisioned(rack);
    const key = { namespace, name: 'srv-01' };
    await world.api.patch(BareMetalHostInventoryKind, key, { spec: { online: false } });
    await world.until(
      'off',
      async () => (await world.get(BareMetalHostInventoryKind, key)).status?.poweredOn === false,
      300,
    );
    await world.api.patch(BareMetalHostInventoryKind, key, { spec: { online: true } });
    await world.until(
      'on',
      async () => (await world.get(BareMetalHostInventoryKind, key)).status?.poweredOn === true,
      300,
    );
    await world.until('running', () => rack.lab.isRunning('srv-01'), 600);
    await world.api.patch(BareMetalHostKind, key, {
      metadata: { annotations: { 'reboot.metal3.io': '{"mode":"hard"}' } },
    });
    await world.until(
      'annotation gone',
      async () => (await rack.host('srv-01')).metadata.annotations?.['reboot.metal3.io'] === undefined,
      300,
    );
    await world.until('running again', () => rack.lab.isRunning('srv-01'), 600);
  });

  it('is claimed twice: the younger inventory is refused, naming the elder', async () => {
    rack = await aRack();
    const { world } = rack;
    await rack.enroll([1]);
    await world.advance(5);
    const twin = inventory(2, { bootMACAddress: '52:54:00:00:00:01' });
    await world.apply(credential('srv-02'), twin);
    await world.advance(30);
    const refused = await world.get(BareMetalHostInventoryKind, { namespace, name: 'srv-02' });
    expect(refused.status).toMatchObject({
      operationalStatus: 'error',
      errorMessage: expect.stringMatching(/already that of BareMetalHostInventory demo\/srv-01/),
      progress: { state: 'failed', reason: 'DuplicateBootMAC' },
    });
    expect(await world.find(BareMetalHostKind, { namespace, name: 'srv-02' })).toBeUndefined();
    await world.apply(inventory(2));
    await rack.hostIs('srv-02', 'available', 600);
  });
});

async function provisioned(rack: Rack): Promise<void> {
  await rack.enroll([1]);
  await rack.hostIs('srv-01', 'available', 600);
  await rack.bind('wk-1', 'srv-01');
  await rack.install('wk-1', 'srv-01');
  await rack.hostIs('srv-01', 'provisioned', 1200);
  await rack.world.until('the system runs', () => rack.lab.isRunning('srv-01'), 600);
  await rack.world.advance(120);
}

function shown(host: BareMetalHost): object {
  const { status } = host;
  const manageable = status?.conditions?.find((condition: KubernetesCondition) => condition.type === 'Manageable');
  return {
    state: status?.provisioning.state,
    operational: status?.operationalStatus,
    type: status?.errorType,
    count: status?.errorCount,
    manageable: { status: manageable?.status, reason: manageable?.reason },
  };
}
