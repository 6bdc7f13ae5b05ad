import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type IPaddr,
  IPaddrKind,
  IpamHostKind,
  type KubeObject,
  L2TemplateKind,
  MachineKind,
  SubnetKind,
} from '@keelson/api';
import { subnet, template } from '../rack/manifests.js';
import { aRack, namespace, type Rack } from '../rack/rack.js';

describe('networks of machines', () => {
  let rack: Rack;
  afterEach(() => rack.close());

  const ipamHost = (name: string) => rack.world.get(IpamHostKind, { namespace, name });
  const addresses = async (): Promise<readonly IPaddr[]> =>
    (await rack.world.api.list(IPaddrKind, { namespace })).items;
  const accepted = (name: string): Promise<void> =>
    rack.world.until(
      `${name} has its network`,
      async () =>
        (await rack.world.find(IpamHostKind, { namespace, name }))?.status?.netconfigFilesState?.startsWith('OK') ===
        true,
      120,
    );
  const inspected = async (servers: readonly number[], parts: Parameters<Rack['enroll']>[1] = {}): Promise<void> => {
    await rack.enroll(servers, parts);
    for (const number of servers) await rack.hostIs(`srv-0${number}`, 'available', 900);
  };

  it('an exhausted Subnet is named with its cure, and the machine goes on when it grows', async () => {
    rack = await aRack();
    await inspected([1, 2], { lcm: { includeRanges: ['127.20.0.10'] } });
    await rack.bind('wk-1', 'srv-01');
    await accepted('wk-1');
    await rack.bind('wk-2', 'srv-02');
    await rack.world.advance(20);
    const message =
      'Subnet lcm has no free address left. Add a range to its spec.includeRanges, or delete Machines that use it.';
    expect((await ipamHost('wk-2')).status).toMatchObject({
      ipAllocationResult: `ERR: ${message}`,
      messages: [message],
      progress: { state: 'Failed', reason: 'SubnetExhausted', waitingOn: { kind: 'Subnet', name: 'lcm' } },
    });
    expect((await rack.events('SubnetExhausted'))[0]?.message).toBe(message);
    await rack.world.apply(subnet('lcm', { 'ipam/SVC-k8s-lcm': '1' }, { includeRanges: ['127.20.0.10-127.20.0.20'] }));
    await accepted('wk-2');
    expect((await addresses()).map((address) => address.status?.address)).toEqual(['127.20.0.10', '127.20.0.11']);
  });

  it('an address goes back when the Machine goes, and not before', async () => {
    rack = await aRack();
    await inspected([1, 2], { lcm: { includeRanges: ['127.20.0.10'] } });
    await rack.bind('wk-1', 'srv-01');
    await accepted('wk-1');
    await rack.bind('wk-2', 'srv-02');
    const [address] = await addresses();
    await rack.world.api.delete(IPaddrKind, { namespace, name: address?.metadata.name ?? '' });
    await rack.world.advance(60);
    expect((await addresses())[0]?.status).toMatchObject({ phase: 'Terminating', address: '127.20.0.10' });
    await rack.world.api.delete(MachineKind, { namespace, name: 'wk-1' });
    await accepted('wk-2');
    expect(await rack.world.find(IpamHostKind, { namespace, name: 'wk-1' })).toBeUndefined();
    expect((await addresses()).map(({ status }) => [status?.phase, status?.address])).toEqual([
      ['Active', '127.20.0.10'],
    ]);
  });

  it('overlapping Subnets: the younger gives out nothing and says why, until it is corrected', async () => {
    rack = await aRack();
    await inspected([1]);
    await rack.world.advance(2);
    const two = template({
      l3Layout: [{ subnetName: 'storage' }],
      npTemplate: 'version: 2\nethernets:\n  {{nic 1}}:\n    addresses: [{{ip "1:storage"}}]\n',
    });
    await rack.world.apply(
      subnet('storage', {}, { cidr: '127.20.0.128/25', gateway: undefined, includeRanges: undefined }),
      two,
    );
    await rack.bind('wk-1', 'srv-01');
    await rack.world.advance(20);
    const message =
      'spec.cidr 127.20.0.128/25 overlaps with 127.20.0.0/24 of Subnet lcm of the same cluster. Give one of them another network.';
    expect((await rack.world.get(SubnetKind, { namespace, name: 'storage' })).status?.statusMessage).toBe(
      `ERR: ${message}`,
    );
    expect((await rack.world.get(SubnetKind, { namespace, name: 'lcm' })).status?.statusMessage).toBe('OK');
    expect((await ipamHost('wk-1')).status?.ipAllocationResult).toBe(
      `ERR: Subnet storage gives out no addresses: ${message}`,
    );
    expect(await rack.events('SubnetOverlaps')).toHaveLength(2);
    await rack.world.apply(
      subnet('storage', {}, { cidr: '127.21.0.0/25', gateway: undefined, includeRanges: undefined }),
    );
    await accepted('wk-1');
    expect((await ipamHost('wk-1')).status?.netconfigV2).toEqual({
      version: 2,
      ethernets: { eno2: { addresses: ['127.21.0.1/25'] } },
    });
  });

  it('a template that cannot be used says so, and the machine goes on when it is mended', async () => {
    rack = await aRack();
    await inspected([1], {
      template: { npTemplate: 'version: 2\nethernets:\n  {{nic 9}}:\n    addresses: [{{ip "0:lcm"}}]\n' },
    });
    await rack.bind('wk-1', 'srv-01');
    await rack.world.advance(20);
    expect((await ipamHost('wk-1')).status?.l2RenderResult).toMatch(
      /^ERR: .*names interface 9, but the host has only 4/,
    );
    await rack.world.apply(template({ npTemplate: 'version: 2\nethernets: {{nick 0}}\n' }));
    await rack.world.advance(20);
    expect((await rack.world.get(L2TemplateKind, { namespace, name: 'plain' })).status).toMatchObject({
      phase: 'Failed',
      reason: expect.stringMatching(/macro \{\{nick 0\}\} is unknown/),
    });
    await rack.world.apply(template());
    await accepted('wk-1');
    expect((await rack.world.get(L2TemplateKind, { namespace, name: 'plain' })).status?.phase).toBe('Ready');
  });

  it('MANUAL waits for permission, uses it once, and keeps the old network in force meanwhile', async () => {
    rack = await aRack();
    const { world } = rack;
    await inspected([1]);
    await rack.bind('wk-1', 'srv-01');
    await accepted('wk-1');
    const key = { namespace, name: 'wk-1' };
    await world.api.patch(IpamHostKind, key, { spec: { netconfigUpdateMode: 'MANUAL' } });
    await world.apply(
      template({
        npTemplate: 'version: 2\nethernets:\n  {{nic 0}}:\n    addresses: [{{ip "0:lcm"}}]\n    mtu: 9000\n',
      }),
    );
    await world.advance(20);
    const waiting = await ipamHost('wk-1');
    expect({
      state: waiting.status?.progress?.state,
      reason: waiting.status?.progress?.reason,
      candidate: waiting.status?.netconfigCandidate?.ethernets?.['eno1']?.['mtu'],
      inForce: waiting.status?.netconfigV2?.ethernets?.['eno1']?.['mtu'],
    }).toEqual({
      state: 'Rendered',
      reason: 'AwaitsApproval',
      candidate: 9000,
      inForce: undefined,
    });
    await world.api.patch(IpamHostKind, key, { spec: { netconfigUpdateAllow: true } });
    await world.advance(20);
    const done = await ipamHost('wk-1');
    expect({
      state: done.status?.progress?.state,
      inForce: done.status?.netconfigV2?.ethernets?.['eno1']?.['mtu'],
      allow: done.spec.netconfigUpdateAllow,
    }).toEqual({ state: 'Accepted', inForce: 9000, allow: false });
  });

  it('hosts, load balancers and reservations at once never get one address twice', async () => {
    rack = await aRack();
    await inspected([1, 2, 3], { lcm: { includeRanges: ['127.20.0.10-127.20.0.17'] } });
    const claim = (name: string, spec: object = {}): KubeObject & { spec: object } => ({
      apiVersion: 'ipam.mirantis.com/v1alpha1',
      kind: 'IPaddr',
      metadata: { name, namespace },
      spec: { subnetRef: 'lcm', ...spec },
    });
    await Promise.all([
      rack.world.apply(claim('api-lb')),
      rack.bind('wk-1', 'srv-01'),
      rack.world.apply(claim('other-lb')),
      rack.bind('wk-2', 'srv-02'),
      rack.world.apply(claim('reserved', { wantedAddress: '127.20.0.11' })),
      rack.bind('wk-3', 'srv-03'),
    ]);
    for (const name of ['wk-1', 'wk-2', 'wk-3']) await accepted(name);
    await rack.world.advance(30);
    const given = (await addresses()).flatMap(({ status }) => (status?.phase === 'Active' ? [status.address] : []));
    expect(new Set(given).size).toBe(given.length);
    expect(given.length).toBeGreaterThanOrEqual(5);
    await rack.world.api.delete(IPaddrKind, { namespace, name: 'api-lb' });
    await rack.world.advance(30);
    expect(await rack.world.find(IPaddrKind, { namespace, name: 'api-lb' })).toBeUndefined();
  });

  it('a Subnet stays until its addresses are free', async () => {
    rack = await aRack();
    await inspected([1]);
    await rack.bind('wk-1', 'srv-01');
    await accepted('wk-1');
    await rack.world.api.delete(SubnetKind, { namespace, name: 'lcm' });
    await rack.world.advance(30);
    expect((await rack.world.get(SubnetKind, { namespace, name: 'lcm' })).status?.statusMessage).toMatch(
      /^TERM: 1 addresses are given out/,
    );
    await rack.world.api.delete(MachineKind, { namespace, name: 'wk-1' });
    await rack.world.until(
      'the Subnet is gone',
      async () => (await rack.world.find(SubnetKind, { namespace, name: 'lcm' })) === undefined,
      120,
    );
  });
});
