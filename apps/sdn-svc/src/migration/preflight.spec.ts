import { describe, expect, it } from '@jest/globals';
import type { OpenStackDeployment } from '@keelson/api';
import type { Networks } from './networks.js';
import { checks, preflight } from './preflight.js';

const spec = {
  openstack_version: 'epoxy',
  preset: 'compute',
  size: 'tiny',
  public_domain_name: 'cloud.example.org',
  features: {
    neutron: {
      tunnel_interface: 'tun',
      external_networks: [{ physnet: 'physnet1', bridge: 'br-ex', network_types: ['flat'] }],
    },
    nova: { live_migration_interface: 'lm' },
  },
} as unknown as OpenStackDeployment['spec'];

const sound: Networks = {
  networks: [
    { id: 'n', name: 'net', mtu: 1442, 'provider:network_type': 'geneve' },
    { id: 'ext', name: 'ext', mtu: 1500, 'provider:network_type': 'flat' },
  ],
  subnets: [
    {
      id: 's',
      name: 'sub',
      ip_version: 4,
      network_id: 'n',
      cidr: '10.0.0.0/24',
      enable_dhcp: true,
      dns_nameservers: ['192.0.2.53'],
      allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.9' }],
    },
  ],
  ports: [
    {
      id: 'p',
      name: 'vm',
      network_id: 'n',
      device_id: 'server',
      device_owner: 'compute:nova',
      'binding:vnic_type': 'normal',
      port_security_enabled: true,
      security_groups: ['g'],
      fixed_ips: [{ subnet_id: 's' }],
    },
  ],
  routers: [{ id: 'r', name: 'router', external_gateway_info: { network_id: 'ext' } }],
  floatingips: [],
  bridgeMappings: [{ host: 'n1', mappings: 'physnet1:br-ex' }],
  rules: [
    {
      security_group_id: 'g',
      direction: 'egress',
      ethertype: 'IPv4',
      protocol: null,
      remote_ip_prefix: null,
      remote_group_id: null,
      port_range_min: null,
      port_range_max: null,
    },
  ],
};
const [port] = sound.ports;
const [net, ext] = sound.networks;
const [subnet] = sound.subnets;
const [rule] = sound.rules;
if (port === undefined || net === undefined || ext === undefined || subnet === undefined || rule === undefined)
  throw new Error('no fixture');
const onRouter = (network: string) => ({
  ...port,
  id: `to-${network}`,
  network_id: network,
  device_id: 'r',
  device_owner: 'network:router_interface',
  fixed_ips: [],
});

const broken: readonly (readonly [string, Partial<Networks>])[] = [
  ['Bridge mappings', { bridgeMappings: [{ host: 'n1', mappings: 'physnet1:br-ex,physnet2:br-two' }] }],
  [
    'Subnets IP address availability',
    { subnets: [{ ...subnet, allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.2' }] }] },
  ],
  ['Networks MTU size', { networks: [{ ...net, 'provider:network_type': 'vxlan', mtu: 1450 }, ext] }],
  ['Networks provider type', { networks: [{ ...net, 'provider:network_type': 'vlan' }, ext] }],
  [
    'Networks provider type routing',
    { networks: [{ ...net, mtu: 1500, 'provider:network_type': 'flat' }, ext], ports: [port, onRouter('n')] },
  ],
  [
    'Subnets without enabled DHCP',
    { networks: [{ ...net, 'provider:network_type': 'vxlan' }, ext], subnets: [{ ...subnet, enable_dhcp: false }] },
  ],
  ['Subnets without dns_nameservers', { subnets: [{ ...subnet, dns_nameservers: [] }] }],
  ...['direct', 'macvtap', 'virtio-forwarder'].map(
    (type) =>
      [
        'SRIOV ports floating ip',
        { ports: [{ ...port, 'binding:vnic_type': type }], floatingips: [{ port_id: 'p' }] },
      ] as const,
  ),
  ['Ports with blocked access to DHCPv4', { rules: [] }],
  ['Ports with blocked access to DHCPv4', { rules: [{ ...rule, remote_group_id: 'g' }] }],
  ['Ports with blocked access to DHCPv4', { rules: [{ ...rule, remote_ip_prefix: '10.0.0.0/24' }] }],
  ['Ports with blocked access to DHCPv4', { rules: [{ ...rule, remote_ip_prefix: '255.255.255.255/32' }] }],
  ['Routers gateway MTU', { networks: [net, ext], ports: [onRouter('n')] }],
  [
    'Routers internal MTU',
    {
      networks: [net, { ...net, id: 'm', name: 'other', mtu: 1400 }],
      ports: [onRouter('n'), onRouter('m')],
    },
  ],
];

describe('checks before the migration', () => {
  it('find nothing where nothing is wrong', () => expect(preflight({ spec, networks: sound })).toEqual([]));

  it.each([
    ['no rule but for the protocol 17 and its port', { protocol: '17', port_range_min: 67, port_range_max: 67 }],
    ['a rule for all of IPv4', { remote_ip_prefix: '0.0.0.0/0' }],
  ])('let instances ask for their addresses by %s', (_, change) => {
    expect(preflight({ spec, networks: { ...sound, rules: [{ ...rule, ...change }] } })).toEqual([]);
  });

  it('leave jumbo frames alone where the spec makes room for them', () => {
    const networks = { ...sound, networks: [{ ...net, 'provider:network_type': 'vxlan', mtu: 8942 }] };
    const conf = {
      neutron: { DEFAULT: { global_physnet_mtu: 9000 } },
      plugins: { ml2_conf: { ml2: { path_mtu: 9000 } } },
    };
    const wide = { ...spec, services: { networking: { neutron: { values: { conf } } } } };
    expect(preflight({ spec: wide, networks })).toEqual([]);
    expect(preflight({ spec, networks }).map(({ message }) => message)).toEqual([
      'network net has an MTU of 8942; Geneve leaves 1442',
    ]);
  });

  it('leave networks without DHCP alone where they are not VXLAN', () => {
    expect(preflight({ spec, networks: { ...sound, subnets: [{ ...subnet, enable_dhcp: false }] } })).toEqual([]);
  });

  it.each(broken)('%s: what breaks it is found, and nothing else', (name, change) => {
    const found = preflight({ spec, networks: { ...sound, ...change } });
    expect([...new Set(found.map(({ check }) => check))]).toEqual([name]);
  });

  it('know the features that OVN does not have', () => {
    const features = {
      neutron: { backend: 'tungstenfabric', bgpvpn: { enabled: true }, tenant_network_types: ['vxlan'] },
    };
    const asked = { ...spec, features } as unknown as OpenStackDeployment['spec'];
    const networks = { ...sound, bridgeMappings: [] };
    expect(preflight({ spec: asked, networks }).map(({ check, impact }) => `${impact} ${check}`)).toEqual([
      'MAJOR Neutron tenant network types',
      'CRITICAL Unsupported features',
      'CRITICAL Unsupported features',
    ]);
  });

  it('are those of the reference, and one of our own', () => {
    expect(checks.map(({ name, impact }) => `${impact} ${name}`)).toEqual([
      'CRITICAL Bridge mappings',
      'MAJOR Subnets IP address availability',
      'CRITICAL Networks MTU size',
      'MAJOR Networks provider type',
      'CRITICAL Networks provider type routing',
      'MAJOR Neutron tenant network types',
      'CRITICAL Subnets without enabled DHCP',
      'CRITICAL Subnets without dns_nameservers',
      'CRITICAL SRIOV ports floating ip',
      'CRITICAL Ports with blocked access to DHCPv4',
      'MAJOR Routers gateway MTU',
      'CRITICAL Routers internal MTU',
      'CRITICAL Unsupported features',
    ]);
  });
});
