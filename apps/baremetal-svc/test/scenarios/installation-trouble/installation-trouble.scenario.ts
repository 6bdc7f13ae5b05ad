import { afterEach, describe, expect, it } from '@jest/globals';
import { type BareMetalHost } from '@keelson/api';
import { profile } from '../rack/manifests.js';
import { aRack, type Rack } from '../rack/rack.js';

describe('an installation that goes wrong', () => {
  let rack: Rack;
  afterEach(() => rack.close());

  const begin = async (): Promise<void> => {
    await rack.enroll([1]);
    await rack.hostIs('srv-01', 'available', 600);
    await rack.bind('wk-1', 'srv-01');
    await rack.install('wk-1', 'srv-01');
  };
  const stageIs = (stage: string): Promise<void> =>
    rack.world.until(`the server is in ${stage}`, () => rack.lab.servers.get('srv-01')?.state.stage === stage, 1200);
  const installs = async (limitSeconds: number): Promise<void> => {
    const host = await rack.hostIs('srv-01', 'provisioned', limitSeconds);
    expect({
      operational: host.status?.operationalStatus,
      error: host.status?.errorMessage,
      failures: host.status?.provisioningFailCount,
    }).toEqual({ operational: 'OK', error: '', failures: 0 });
    await rack.world.until('the system runs', () => rack.lab.isRunning('srv-01'), 900);
    expect(rack.lab.ledger.repeatedWipes()).toEqual([]);
  };

  it('for want of a profile: waits, names it, and goes on when it is there', async () => {
    rack = await aRack();
    await rack.enroll([1], { withProfile: false });
    await rack.hostIs('srv-01', 'available', 600);
    await rack.bind('wk-1', 'srv-01');
    await rack.install('wk-1', 'srv-01');
    await rack.world.advance(30);
    expect(shown(await rack.host('srv-01'))).toEqual({
      state: 'available',
      type: 'provisioning error',
      failures: 0,
      reason: 'ProfileNotFound',
      message:
        'BareMetalHostProfile default does not exist in namespace demo. Create it, or name another in the Machine wk-1.',
    });
    expect(await rack.events('ProfileNotFound')).toHaveLength(1);
    await rack.world.apply(profile('default'));
    await installs(1200);
  });

  it('because the disk dies: says so, empties the server, and installs anew under a new name', async () => {
    rack = await aRack();
    rack.fault('diskDies', 'srv-01', 1200);
    await begin();
    await rack.world.until(
      'a failed installation',
      async () => (await rack.host('srv-01')).status?.provisioningFailCount === 1,
      1200,
    );
    const host = await rack.host('srv-01');
    expect(shown(host)).toMatchObject({
      type: 'provisioning error',
      message: expect.stringMatching(/^The installer failed: writing to Disk\.Bay\.0 failed: I\/O error/),
    });
    expect(await rack.events('ProvisioningFailed')).toHaveLength(1);
    await rack.hostIs('srv-01', 'available', 600);
    expect({
      on: (await rack.host('srv-01')).status?.poweredOn,
      media: rack.lab.servers.get('srv-01')?.state.media,
    }).toEqual({ on: false, media: { Cd: undefined, ConfigCd: undefined } });
    await installs(7200);
    expect(
      new Set(
        rack.lab.ledger
          .entries('srv-01')
          .filter((entry) => entry.action === 'wipe')
          .map((entry) => entry.key),
      ).size,
    ).toBeGreaterThan(1);
  });

  it('and then well, of which the installer does not hear: its last word is known when it is repeated', async () => {
    rack = await aRack();
    rack.fault('diskDies', 'srv-01');
    await begin();
    await rack.world.until(
      'a failed installation',
      async () => (await rack.host('srv-01')).status?.provisioningFailCount === 1,
      1200,
    );
    rack.lab.faults.clearAll();
    await stageIs('installing');
    rack.loseAnswers(1);
    await installs(7200);
  });

  it('again and again: after five times a person is called, and it is tried on until the cause is gone', async () => {
    rack = await aRack();
    rack.fault('diskDies', 'srv-01');
    await begin();
    await rack.world.until(
      'five failures',
      async () => (await rack.host('srv-01')).status?.provisioningFailCount === 5,
      36_000,
    );
    const host = await rack.hostIs('srv-01', 'available', 600);
    await rack.world.advance(10);
    expect(shown(await rack.host('srv-01'))).toMatchObject({
      state: 'available',
      failures: 5,
      reason: 'ProvisioningFailed',
      message: expect.stringMatching(/^Installing failed 5 times in a row.*tried on every half hour/),
    });
    expect(host.status?.poweredOn).toBe(false);
    rack.lab.faults.clearAll();
    await installs(3600);
    expect(shown(await rack.host('srv-01'))).toMatchObject({ state: 'provisioned', failures: 0, type: undefined });
  });

  it('because the host cannot call home: given up after 45 minutes, then tried again', async () => {
    rack = await aRack();
    rack.fault('neverCallsHome', 'srv-01', 3600);
    await begin();
    await rack.world.until(
      'a failed installation',
      async () => (await rack.host('srv-01')).status?.provisioningFailCount === 1,
      3600,
    );
    expect(shown(await rack.host('srv-01')).message).toMatch(
      /did not report its end within 45 minutes.*reaches this service over the network/,
    );
    await installs(7200);
  });

  it('because the power is lost in the middle: never started twice for one installation', async () => {
    rack = await aRack();
    await begin();
    await stageIs('installing');
    await rack.world.advance(30);
    rack.lab.servers.get('srv-01')?.command('ForceOff');
    await rack.world.until(
      'a failed installation',
      async () => (await rack.host('srv-01')).status?.provisioningFailCount === 1,
      600,
    );
    expect(shown(await rack.host('srv-01')).message).toBe('The server lost its power during the installation.');
    await installs(3600);
  });

  it('because the BMC ignores the power button', async () => {
    rack = await aRack();
    await rack.enroll([1]);
    await rack.hostIs('srv-01', 'available', 600);
    await rack.bind('wk-1', 'srv-01');
    rack.fault('powerIgnored', 'srv-01', 600);
    await rack.install('wk-1', 'srv-01');
    await rack.world.advance(300);
    expect(shown(await rack.host('srv-01'))).toMatchObject({
      state: 'provisioning',
      type: 'power management error',
      reason: 'PowerIgnored',
    });
    await installs(1800);
  });

  it('hangs in the self test after it is installed: reset, and running', async () => {
    rack = await aRack();
    await begin();
    await stageIs('installing');
    rack.fault('postHang', 'srv-01', 1500);
    await rack.hostIs('srv-01', 'provisioned', 1200);
    await rack.world.advance(400);
    expect(shown(await rack.host('srv-01'))).toMatchObject({
      state: 'provisioned',
      type: 'power management error',
      reason: 'SystemNotRunning',
    });
    await rack.world.until('the system runs', () => rack.lab.isRunning('srv-01'), 3600);
    await rack.world.advance(120);
    expect(shown(await rack.host('srv-01'))).toMatchObject({ state: 'provisioned', type: undefined });
  });

  it.each(['post', 'installer', 'installing', 'installed'])(
    'survives a restart of the service while the server is in %s',
    async (stage) => {
      rack = await aRack();
      await begin();
      await stageIs(stage);
      await rack.restart();
      await installs(1800);
      expect(rack.lab.ledger.entries('srv-01').filter((entry) => entry.action === 'wipe')).toHaveLength(1);
    },
  );

  it.each(['bmcUnreachable', 'bmcErrors', 'bmcSlow', 'bmcWrongPassword'] as const)(
    'meets %s on its way and is finished all the same',
    async (kind) => {
      rack = await aRack();
      await begin();
      await stageIs('installing');
      rack.fault(kind, 'srv-01', 900);
      await installs(3600);
      expect(rack.lab.ledger.entries('srv-01').filter((entry) => entry.action === 'wipe')).toHaveLength(1);
    },
  );
});

function shown({ status }: BareMetalHost): {
  state: unknown;
  type: unknown;
  message: string;
  failures: unknown;
  reason: unknown;
} {
  return {
    state: status?.provisioning.state,
    type: status?.errorType,
    message: status?.errorMessage ?? '',
    failures: status?.provisioningFailCount,
    reason: status?.progress?.reason,
  };
}
