import { describe, expect, it } from '@jest/globals';
import { parseBmcAddress } from './address.js';
import { S, aBmc } from './bmc.fixtures.js';

const reset = (types: readonly string[]) => ({
  Actions: {
    '#ComputerSystem.Reset': {
      target: `${S}/Actions/ComputerSystem.Reset`,
      'ResetType@Redfish.AllowableValues': types,
    },
  },
});

const expands = { ProtocolFeaturesSupported: { ExpandQuery: { Levels: true, NoLinks: true, MaxLevels: 1 } } };

describe('the address of a BMC', () => {
  it.each([
    ['redfish://10.1.0.7/redfish/v1/Systems/1', 'https://10.1.0.7', S],
    ['redfish+http://bmc:8000/redfish/v1/Systems/1/', 'http://bmc:8000', S],
    [
      'redfish-virtualmedia+https://[fd00::7]:8443/redfish/v1/Systems/a',
      'https://[fd00::7]:8443',
      '/redfish/v1/Systems/a',
    ],
    ['idrac-virtualmedia://10.1.0.7', 'https://10.1.0.7', undefined],
  ])('reads %s', (address, origin, systemPath) => {
    expect(parseBmcAddress(address)).toEqual({ origin, systemPath });
  });

  it.each(['ipmi://10.1.0.7', '10.1.0.7', 'redfish://', 'redfish://user:secret@10.1.0.7/redfish/v1/Systems/1'])(
    'refuses %s',
    (address) => {
      expect(() => parseBmcAddress(address)).toThrow(
        expect.objectContaining({ sort: 'terminal', reason: 'BMCAddressInvalid' }),
      );
    },
  );
});

describe('the client and the habits of BMCs', () => {
  it('sends the password each time where there are no sessions', async () => {
    const bmc = aBmc({ [S]: { PowerState: 'On' } });
    const seen: (string | undefined)[] = [];
    bmc.answer = (request, path) => {
      if (path === S) seen.push(request.headers?.['authorization']);
      return undefined;
    };
    expect((await bmc.during(bmc.client.getSystem())).power).toBe('On');
    expect(seen).toEqual([`Basic ${Buffer.from('root:calvin').toString('base64')}`]);
  });

  it('logs in once more, and only once, when a session has ended', async () => {
    const bmc = aBmc({ [S]: { PowerState: 'On' } });
    let logins = 0;
    bmc.answer = (request, path) => {
      if (path.endsWith('/Sessions')) return { status: 201, headers: { 'x-auth-token': `t${(logins += 1)}` } };
      return request.headers?.['x-auth-token'] === 't2' ? undefined : { status: 401 };
    };
    await bmc.during(bmc.client.getSystem());
    await bmc.during(bmc.client.getSystem());
    expect(logins).toBe(2);
    bmc.answer = (_request, path) =>
      path.endsWith('/Sessions') ? { status: 201, headers: { 'x-auth-token': `t${(logins += 1)}` } } : { status: 401 };
    await expect(bmc.during(bmc.client.getSystem())).rejects.toMatchObject({ reason: 'BMCAuthenticationFailed' });
    expect(logins).toBe(3);
  });

  it('repeats a read over a broken connection but never a command', async () => {
    const bmc = aBmc({ [S]: { PowerState: 'Off', ...reset(['On']) } });
    let broken = 2;
    bmc.answer = (request, path) =>
      path === S && request.method === 'GET' && (broken -= 1) >= 0 ? 'break' : undefined;
    expect((await bmc.during(bmc.client.getSystem())).power).toBe('Off');
    bmc.answer = (request, path) => (request.method === 'POST' && path.endsWith('Reset') ? 'break' : undefined);
    await expect(bmc.during(bmc.client.power('On'))).rejects.toMatchObject({
      sort: 'transient',
      reason: 'BMCUnreachable',
    });
    expect(bmc.asked.filter((line) => line.includes('ComputerSystem.Reset'))).toHaveLength(1);
  });

  it.each([
    ['On', 'Off', ['ForceOn', 'PushPowerButton'], 'ForceOn'],
    ['ForceRestart', 'On', ['PowerCycle'], 'PowerCycle'],
    ['ForceRestart', 'Off', ['On', 'ForceRestart'], 'On'],
    ['GracefulShutdown', 'On', ['PushPowerButton'], 'PushPowerButton'],
  ] as const)('chooses a reset type: %s of a server that is %s with %j', async (action, power, allowed, sent) => {
    const bmc = aBmc({ [S]: { PowerState: power, ...reset(allowed) } });
    bmc.answer = (request) =>
      request.method === 'POST' && request.url.endsWith('Reset') ? { status: 204 } : undefined;
    await bmc.during(bmc.client.power(action));
    expect(bmc.asked.at(-1)).toBe(`POST ${S}/Actions/ComputerSystem.Reset {"ResetType":"${sent}"}`);
  });

  it('finds the reset types in an ActionInfo and refuses what is not among them', async () => {
    const bmc = aBmc({
      [S]: {
        PowerState: 'On',
        Actions: { '#ComputerSystem.Reset': { target: `${S}/Reset`, '@Redfish.ActionInfo': `${S}/Info` } },
      },
      [`${S}/Info`]: { Parameters: [{ Name: 'ResetType', AllowableValues: ['On'] }] },
    });
    await expect(bmc.during(bmc.client.power('ForceOff'))).rejects.toMatchObject({
      reason: 'BMCUnsupported',
      message: expect.stringContaining('allows On'),
    });
  });

  it('follows a task to its end', async () => {
    const bmc = aBmc({ [S]: { PowerState: 'Off', ...reset(['On']) } });
    const states = ['Running', 'Running', 'Completed'];
    bmc.answer = (request, path) => {
      if (request.method === 'POST' && path.endsWith('Reset'))
        return { status: 202, headers: { location: 'https://bmc.test/redfish/v1/TaskService/Tasks/7' } };
      return path.endsWith('/Tasks/7') ? { status: 200, body: { TaskState: states.shift() } } : undefined;
    };
    await bmc.during(bmc.client.power('On'));
    expect(states).toEqual([]);
  });

  it('gives up a task that fails or never ends', async () => {
    const bmc = aBmc({ [S]: { PowerState: 'Off', ...reset(['On']) } });
    let state = 'Exception';
    bmc.answer = (request, path) => {
      if (request.method === 'POST' && path.endsWith('Reset')) return { status: 202, headers: { location: '/task' } };
      return path === '/task'
        ? { status: 200, body: { TaskState: state, Messages: [{ Message: 'no power' }] } }
        : undefined;
    };
    await expect(bmc.during(bmc.client.power('On'))).rejects.toMatchObject({
      sort: 'transient',
      message: expect.stringContaining('no power'),
    });
    state = 'Running';
    await expect(bmc.during(bmc.client.power('On'))).rejects.toMatchObject({ reason: 'BMCBadAnswer' });
  });

  it('looks again when the entity tag has changed', async () => {
    const bmc = aBmc({ [S]: { Boot: { BootSourceOverrideTarget: 'None', BootSourceOverrideEnabled: 'Disabled' } } });
    let version = 1;
    const tags: (string | undefined)[] = [];
    bmc.answer = (request) => {
      if (request.method === 'GET')
        return { status: 200, headers: { etag: `"${(version += 1)}"` }, body: bmc.resources[S] ?? {} };
      if (request.method !== 'PATCH') return undefined;
      tags.push(request.headers?.['if-match']);
      return { status: tags.length === 1 ? 412 : 204 };
    };
    await bmc.during(bmc.client.setBootOverride('Cd', { enabled: 'Once', mode: 'UEFI' }));
    expect(tags).toEqual(['"2"', '"3"']);
    expect(bmc.asked.at(-1)).toBe(
      `PATCH ${S} {"Boot":{"BootSourceOverrideTarget":"Cd","BootSourceOverrideEnabled":"Once"}}`,
    );
  });

  it('reads an inventory part by part where nothing can be expanded', async () => {
    const bmc = aBmc({
      '/redfish/v1/': {},
      [S]: { EthernetInterfaces: { '@odata.id': `${S}/Nics` }, Processors: { '@odata.id': `${S}/Cpus` } },
      [`${S}/Nics`]: { Members: [{ '@odata.id': `${S}/Nics/1` }, { '@odata.id': `${S}/Nics/gone` }] },
      [`${S}/Nics/1`]: { Id: '1', MACAddress: 'AA:BB:CC:00:00:01', LinkStatus: 'LinkUp' },
    });
    const { nics, processors } = await bmc.during(bmc.client.inventory());
    expect({ macs: nics.map((nic) => nic.mac), processors }).toEqual({ macs: ['aa:bb:cc:00:00:01'], processors: [] });
  });

  it('takes a USB drive for the configuration where there is one CD, and says when there is no second drive', async () => {
    const drive = (id: string, types: readonly string[]) => ({
      '@odata.id': `${S}/Media/${id}`,
      MediaTypes: types,
      Inserted: false,
      Actions: { '#VirtualMedia.InsertMedia': { target: `${S}/Media/${id}/Insert` } },
    });
    const bmc = aBmc({ '/redfish/v1/': expands, [S]: { VirtualMedia: { '@odata.id': `${S}/Media` } } });
    bmc.answer = (request) =>
      request.method === 'POST' && request.url.endsWith('/Insert') ? { status: 204 } : undefined;
    const put = (...drives: readonly object[]): void =>
      void (bmc.resources[`${S}/Media?$expand=.($levels=1)`] = { Members: drives });
    put(drive('CD1', ['CD', 'DVD']), drive('RD1', ['USBStick']));
    await bmc.during(bmc.client.insertMedia('Config', 'http://x/config.iso'));
    expect(bmc.asked.at(-1)).toBe(
      `POST ${S}/Media/RD1/Insert {"Image":"http://x/config.iso","Inserted":true,"WriteProtected":true}`,
    );
    put(drive('CD1', ['CD', 'DVD']));
    await expect(bmc.during(bmc.client.insertMedia('Config', 'http://x/config.iso'))).rejects.toMatchObject({
      reason: 'BMCUnsupported',
    });
  });

  it.each([
    [
      { status: 503, headers: { 'retry-after': '30' } },
      { sort: 'transient', reason: 'BMCBusy', retryAfterSeconds: 30 },
    ],
    [
      { status: 500, body: '<html>oops</html>' },
      { sort: 'transient', reason: 'BMCBusy' },
    ],
    [{ status: 429 }, { sort: 'transient', reason: 'BMCBusy' }],
    [{ status: 501 }, { sort: 'terminal', reason: 'BMCUnsupported' }],
    [
      { status: 400, body: { error: { '@Message.ExtendedInfo': [{ Message: 'bad value' }] } } },
      { sort: 'terminal', reason: 'BMCRefused', message: expect.stringContaining('bad value') },
    ],
    [
      { status: 200, body: '<html>login</html>' },
      { sort: 'transient', reason: 'BMCBadAnswer' },
    ],
  ])('sorts the answer %j', async (answer, expected) => {
    const bmc = aBmc();
    bmc.answer = (_request, path) => (path === S ? answer : undefined);
    await expect(bmc.during(bmc.client.getSystem())).rejects.toMatchObject(expected);
  });
});
