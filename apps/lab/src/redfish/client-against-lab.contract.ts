import { describe, expect, it } from '@jest/globals';
import { aLab, configUrl, imageUrl } from '../lab.fixtures.js';

/** The Redfish client's suite against the lab's service: the same calls a real BMC gets. */
describe('the Redfish client against the lab', () => {
  it('says who is there without a login', async () => {
    const { bmc, during } = await aLab();
    expect(await during(bmc('srv-01', { password: 'wrong' }).serviceRoot())).toEqual({
      redfishVersion: '1.18.0',
      vendor: 'Keelson Lab (simulated)',
      product: 'Keelson Lab',
    });
  });

  it('knows a server that was never started by its plates only', async () => {
    const { bmc, during } = await aLab();
    const { system, processors, nics, drives, memoryMebibytes } = await during(bmc('srv-01').inventory());
    expect({
      power: system.power,
      manufacturer: system.manufacturer,
      progress: system.bootProgress,
      processors,
      nics,
      drives,
      memoryMebibytes,
    }).toEqual({
      power: 'Off',
      manufacturer: 'Keelson Lab (simulated)',
      progress: 'None',
      processors: [],
      nics: [],
      drives: [],
      memoryMebibytes: undefined,
    });
  });

  it('reads all hardware after the self test, in few requests', async () => {
    const { bmc, clock, lab, during } = await aLab();
    await during(bmc('srv-02').power('On'));
    await clock.advance(200_000);
    const hardware = lab.servers.get('srv-02')?.hardware;
    const found = await during(bmc('srv-02').inventory());
    expect({
      macs: found.nics.map((nic) => nic.mac),
      drives: found.drives.map((drive) => drive.serialNumber),
      memory: found.memoryMebibytes,
      threads: found.processors.map((processor) => processor.threads),
      firmware: found.firmware,
      progress: found.system.bootProgress,
    }).toEqual({
      macs: ['52:54:00:00:00:02', '52:54:01:00:00:02', '52:54:02:00:00:02', '52:54:03:00:00:02'],
      drives: hardware?.drives.map((drive) => drive.serialNumber),
      memory: (hardware?.memoryGibibytes ?? 0) * 1024,
      threads: Array.from({ length: 2 }, () => (hardware?.processor.cores ?? 0) * 2),
      firmware: { bios: hardware?.biosVersion, bmc: hardware?.bmcVersion },
      progress: 'SystemHardwareInitializationComplete',
    });
  });

  it('sets, repeats and takes away a boot override', async () => {
    const { bmc, during } = await aLab();
    const client = bmc('srv-01');
    await during(client.setBootOverride('Cd', { enabled: 'Once', mode: 'UEFI' }));
    await during(client.setBootOverride('Cd', { enabled: 'Once', mode: 'UEFI' }));
    expect((await during(client.getSystem())).boot).toEqual({ target: 'Cd', enabled: 'Once', mode: 'UEFI' });
    await during(client.setBootOverride('None', { enabled: 'Once', mode: 'UEFI' }));
    expect((await during(client.getSystem())).boot).toEqual({ target: 'None', enabled: 'Disabled', mode: 'UEFI' });
  });

  it('puts media into two drives, exchanges and ejects them', async () => {
    const { bmc, during } = await aLab();
    const client = bmc('srv-01');
    await during(client.insertMedia('Cd', imageUrl));
    await during(client.insertMedia('Cd', `${imageUrl}?new`));
    await during(client.insertMedia('Config', configUrl));
    await during(client.ejectMedia('Config'));
    await during(client.ejectMedia('Config'));
    expect([await during(client.media('Cd')), await during(client.media('Config'))]).toEqual([
      { inserted: true, image: `${imageUrl}?new` },
      { inserted: false, image: undefined },
    ]);
  });

  it('turns a server on and off, and leaves alone what is already so', async () => {
    const { bmc, during, lab } = await aLab();
    const client = bmc('srv-01');
    for (const action of ['On', 'On', 'ForceRestart', 'ForceOff', 'ForceOff'] as const)
      await during(client.power(action));
    expect((await during(client.getSystem())).power).toBe('Off');
    expect(lab.ledger.entries('srv-01').map((entry) => entry.action)).toEqual(['reset', 'powerOff']);
  });

  it('uses one session for all servers of a BMC and logs in again when it has ended', async () => {
    const { bmc, during, clock, lab } = await aLab();
    await Promise.all(['srv-01', 'srv-02', 'srv-03'].map((id) => during(bmc(id).getSystem())));
    const sessions = async (): Promise<unknown> => {
      const basic = `Basic ${Buffer.from('admin:keelson-lab').toString('base64')}`;
      const path = '/redfish/v1/SessionService/Sessions';
      const answer = await during(
        lab.redfish.handle({ method: 'GET', path, headers: { authorization: basic }, body: '' }),
      );
      return JSON.parse(new TextDecoder().decode(answer?.body)).Members;
    };
    expect(await sessions()).toEqual([{ '@odata.id': '/redfish/v1/SessionService/Sessions/1' }]);
    await clock.advance(3 * 3_600_000);
    expect((await during(bmc('srv-02').getSystem())).power).toBe('Off');
    expect(await sessions()).toEqual([{ '@odata.id': '/redfish/v1/SessionService/Sessions/2' }]);
  });

  it.each([
    ['bmcUnreachable', { sort: 'transient', reason: 'BMCUnreachable' }],
    ['bmcWrongPassword', { sort: 'terminal', reason: 'BMCAuthenticationFailed' }],
    ['bmcSlow', { sort: 'transient', reason: 'BMCUnreachable' }],
  ] as const)('sorts the fault %s', async (kind, expected) => {
    const { bmc, during, lab, clock } = await aLab();
    lab.faults.inject({ kind, servers: ['srv-01'], from: clock.now() });
    await expect(during(bmc('srv-01').getSystem())).rejects.toMatchObject(expected);
    expect((await during(bmc('srv-02').getSystem())).power).toBe('Off');
  });

  it('passes on when a busy BMC wants to be asked again', async () => {
    const { bmc, during, lab, clock } = await aLab();
    lab.faults.inject({ kind: 'bmcErrors', servers: ['srv-0*'], from: clock.now() });
    const outcomes: unknown[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      outcomes.push(
        await during(bmc('srv-01').getSystem()).then(
          () => 'answered',
          (error: unknown) => error,
        ),
      );
    }
    expect(outcomes).toContain('answered');
    expect(outcomes).toContainEqual(
      expect.objectContaining({ sort: 'transient', reason: 'BMCBusy', retryAfterSeconds: 5 }),
    );
  });

  it('tells a wrong password, a missing system and an impossible boot target from each other', async () => {
    const { bmc, during } = await aLab();
    await expect(during(bmc('srv-01', { password: 'wrong' }).getSystem())).rejects.toMatchObject({
      reason: 'BMCAuthenticationFailed',
    });
    await expect(during(bmc('srv-99').getSystem())).rejects.toMatchObject({
      sort: 'terminal',
      reason: 'BMCUnsupported',
    });
  });

  it('never names a password in what it throws', async () => {
    const { bmc, during } = await aLab();
    const error: unknown = await during(bmc('srv-01', { password: 'hunter2-canary' }).getSystem()).catch(
      (thrown: unknown) => thrown,
    );
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error ?? {})) + String(error)).not.toContain('hunter2');
  });
});
