import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BareMetalHostCredentialKind,
  BareMetalHostInventoryKind,
  IpamHostKind,
  IPaddrKind,
  SecretKind,
  SubnetKind,
} from '@keelson/api';
import { aRack, namespace, type Rack } from '../rack/rack.js';

describe('from an inventory to a running system', () => {
  let rack: Rack;
  afterEach(() => rack.close());

  it('registers, inspects, installs, and gives the server back', async () => {
    rack = await aRack();
    const { world, lab } = rack;
    await rack.enroll([1, 2]);
    const free = await rack.hostIs('srv-01', 'available', 600);
    expect({
      on: free.status?.poweredOn,
      operational: free.status?.operationalStatus,
      nics: free.status?.hardware?.nics?.length,
      mac: free.status?.hardware?.nics?.[0]?.mac,
    }).toEqual({
      on: false,
      operational: 'OK',
      nics: 4,
      mac: '52:54:00:00:00:01',
    });
    await rack.bind('wk-1', 'srv-01');
    await world.until(
      'the network is accepted',
      async () =>
        (await world.find(IpamHostKind, { namespace, name: 'wk-1' }))?.status?.netconfigFilesState?.startsWith('OK') ===
        true,
      60,
    );
    const ipamHost = await world.get(IpamHostKind, { namespace, name: 'wk-1' });
    expect(ipamHost.status?.netconfigV2).toEqual({
      version: 2,
      ethernets: {
        eno1: {
          match: { macaddress: '52:54:00:00:00:01' },
          'set-name': 'eno1',
          dhcp4: false,
          addresses: ['127.20.0.10/24'],
          routes: [{ to: '0.0.0.0/0', via: '127.20.0.1' }],
          nameservers: { addresses: ['127.20.0.2'] },
        },
      },
    });
    expect(ipamHost.status?.serviceMap).toEqual({ 'k8s-lcm': [{ ifName: 'eno1', ipAddress: '127.20.0.10' }] });
    await rack.install('wk-1', 'srv-01');
    const installed = await rack.hostIs('srv-01', 'provisioned', 1200);
    expect({
      on: installed.status?.poweredOn,
      image: installed.status?.provisioning.image?.url,
      error: installed.status?.errorMessage,
    }).toEqual({ on: true, image: 'https://images.test/ubuntu.iso', error: '' });
    await world.until('the system runs', () => lab.isRunning('srv-01'), 600);
    expect(lab.servers.get('srv-01')?.state.disk.system?.internalIP).toBe('127.20.0.10');
    expect(lab.servers.get('srv-01')?.state.media).toEqual({ Cd: undefined, ConfigCd: undefined });
    await rack.vacate('srv-01');
    const back = await rack.hostIs('srv-01', 'available', 600);
    expect({
      on: back.status?.poweredOn,
      image: back.status?.provisioning.image,
      wipes: lab.ledger.repeatedWipes().length,
    }).toEqual({ on: false, image: undefined, wipes: 0 });
    const mirrored = await world.get(BareMetalHostInventoryKind, { namespace, name: 'srv-01' });
    expect({ state: mirrored.status?.provisioning?.state, on: mirrored.status?.poweredOn }).toEqual({
      state: 'available',
      on: false,
    });
    const subnet = await world.get(SubnetKind, { namespace, name: 'lcm' });
    expect({
      message: subnet.status?.statusMessage,
      capacity: subnet.status?.capacity,
      allocatable: subnet.status?.allocatable,
    }).toEqual({ message: 'OK', capacity: 191, allocatable: 190 });
    expect((await world.api.list(IPaddrKind, { namespace })).items.map((address) => address.metadata.name)).toEqual([
      'lcm-127-20-0-10',
    ]);
  });

  it('moves the password to a Secret', async () => {
    rack = await aRack();
    const { world } = rack;
    await rack.enroll([1]);
    await rack.hostIs('srv-01', 'available', 600);
    const credential = await world.get(BareMetalHostCredentialKind, { namespace, name: 'srv-01-bmc' });
    const secret = await world.get(SecretKind, { namespace, name: 'srv-01-bmc-password' });
    expect({
      spec: credential.spec.password,
      status: credential.status,
      password: Buffer.from(secret.data?.['password'] ?? '', 'base64').toString(),
    }).toEqual({
      spec: { secret: { name: 'srv-01-bmc-password', key: 'password' } },
      status: { valid: true },
      password: 'keelson-lab',
    });
  });
});
