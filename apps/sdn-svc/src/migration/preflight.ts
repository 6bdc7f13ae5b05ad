import type { OpenStackDeployment } from '@keelson/api';
import type { Network, Networks, Port, Router, Subnet } from './networks.js';

export type Impact = 'MAJOR' | 'CRITICAL';

export interface Finding {
  readonly check: string;
  readonly impact: Impact;
  /** What is wrong and with what, as a sentence. */
  readonly message: string;
}

interface Facts {
  readonly spec: OpenStackDeployment['spec'];
  readonly networks: Networks;
}

interface Check {
  readonly name: string;
  readonly impact: Impact;
  /** A sentence for each thing that is wrong. */
  find(facts: Facts): readonly string[];
}

/** Geneve over IPv4 adds 58 bytes to a frame; the physical network carries 1500. */
const largestTenantMtu = 1500 - 58;
const tunnelled = ['vxlan', 'gre', 'geneve'];

/** Checks before the migration, by the names and impacts of the reference. A critical finding holds the migration. */
export const checks: readonly Check[] = [
  {
    name: 'Subnets IP address availability',
    impact: 'MAJOR',
    find: ({ networks }) =>
      networks.subnets
        .filter((subnet) => subnet.enable_dhcp && freeAddresses(networks, subnet) < 1)
        .map((subnet) => `subnet ${nameOf(subnet)} has no free address for the port of OVN's metadata`),
  },
  {
    name: 'Networks MTU size',
    impact: 'CRITICAL',
    find: ({ networks }) =>
      networks.networks
        .filter((network) => isTunnelled(network) && network.mtu > largestTenantMtu)
        .map((network) => `network ${nameOf(network)} has an MTU of ${network.mtu}; Geneve leaves ${largestTenantMtu}`),
  },
  {
    name: 'Networks provider type',
    impact: 'MAJOR',
    find: ({ networks }) =>
      networks.networks
        .filter((network) => network['provider:network_type'] === 'vxlan')
        .map((network) => `network ${nameOf(network)} is VXLAN and becomes Geneve`),
  },
  {
    name: 'Networks provider type routing',
    impact: 'CRITICAL',
    find: ({ networks }) =>
      networks.networks
        .filter(({ id, ...network }) => isUnroutable(network) && routersOf(networks, id).length > 0)
        .map(
          (network) => `network ${nameOf(network)} is ${network['provider:network_type']}, which OVN does not route`,
        ),
  },
  {
    name: 'Neutron tenant network types',
    impact: 'MAJOR',
    find: ({ spec }) =>
      (spec.features?.neutron?.tenant_network_types ?? [])
        .filter((type) => type === 'vxlan')
        .map((type) => `spec.features.neutron.tenant_network_types names ${type}: make it geneve afterwards`),
  },
  {
    name: 'Subnets without enabled DHCP',
    impact: 'CRITICAL',
    find: ({ networks }) =>
      inUse(networks)
        .filter((subnet) => !subnet.enable_dhcp)
        .map((subnet) => `subnet ${nameOf(subnet)} has no DHCP: its instances would have no metadata`),
  },
  {
    name: 'Subnets without dns_nameservers',
    impact: 'CRITICAL',
    find: ({ networks, spec }) =>
      (spec.features?.neutron?.dns_servers ?? []).length > 0
        ? []
        : inUse(networks)
            .filter((subnet) => subnet.dns_nameservers.length === 0)
            .map((subnet) => `subnet ${nameOf(subnet)} has no dns_nameservers: OVN brings no resolver of its own`),
  },
  {
    name: 'SRIOV ports floating ip',
    impact: 'CRITICAL',
    find: ({ networks }) =>
      networks.ports
        .filter((port) => port['binding:vnic_type'].startsWith('direct') && hasFloatingIp(networks, port))
        .map((port) => `port ${nameOf(port)} is SR-IOV and has a floating IP`),
  },
  {
    name: 'Ports with blocked access to DHCPv4',
    impact: 'CRITICAL',
    find: ({ networks }) =>
      networks.ports
        .filter((port) => isOfInstance(port) && port.port_security_enabled && !mayAskDhcp(networks, port))
        .map((port) => `port ${nameOf(port)} has no rule that lets UDP to port 67 out`),
  },
  {
    name: 'Routers gateway MTU',
    impact: 'MAJOR',
    find: ({ networks }) =>
      networks.routers.flatMap((router) => {
        const gateway = networks.networks.find(({ id }) => id === router.external_gateway_info?.network_id);
        const larger = internalOf(networks, router).filter(({ mtu }) => gateway !== undefined && mtu > gateway.mtu);
        return larger.map(
          (network) => `router ${nameOf(router)}: ${nameOf(network)} has a larger MTU than its gateway`,
        );
      }),
  },
  {
    name: 'Routers internal MTU',
    impact: 'CRITICAL',
    find: ({ networks }) =>
      networks.routers
        .filter((router) => new Set(internalOf(networks, router).map(({ mtu }) => mtu)).size > 1)
        .map((router) => `router ${nameOf(router)} joins networks of different MTUs`),
  },
  { name: 'Unsupported features', impact: 'CRITICAL', find: ({ spec }) => unsupported(spec) },
];

/** What stands against the migration. Pure. */
export function preflight(facts: Facts): readonly Finding[] {
  return checks.flatMap((check) =>
    check.find(facts).map((message) => ({ check: check.name, impact: check.impact, message })),
  );
}

function unsupported({ features }: OpenStackDeployment['spec']): readonly string[] {
  const { backend = 'ml2', bgpvpn, ipsec } = features?.neutron ?? {};
  return [
    ...(backend === 'ml2' ? [] : [`the backend is ${backend}; only ml2 can become ml2/ovn`]),
    ...(bgpvpn?.enabled === true ? ['BGP VPN does not work with OVN'] : []),
    ...(ipsec?.enabled === true ? ['IPsec does not work with OVN'] : []),
  ];
}

function isTunnelled(network: Network): boolean {
  return tunnelled.includes(network['provider:network_type']);
}

function isUnroutable(network: Omit<Network, 'id'>): boolean {
  return network['provider:network_type'] === 'gre' || network['provider:network_type'] === 'local';
}

function isOfInstance({ device_owner: owner }: Port): boolean {
  return owner.startsWith('compute:');
}

/** Subnets with ports of instances. */
function inUse({ subnets, ports }: Networks): readonly Subnet[] {
  const used = new Set(ports.filter(isOfInstance).flatMap(({ fixed_ips: ips }) => ips.map((ip) => ip.subnet_id)));
  return subnets.filter(({ id, ip_version: version }) => version === 4 && used.has(id));
}

function freeAddresses({ ports }: Networks, { id, allocation_pools: pools }: Subnet): number {
  if (pools.length === 0) return 1;
  const size = pools.reduce((sum, { start, end }) => sum + numberOf(end) - numberOf(start) + 1, 0);
  return size - ports.filter(({ fixed_ips: ips }) => ips.some((ip) => ip.subnet_id === id)).length;
}

function numberOf(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function routersOf({ ports }: Networks, network: string): readonly Port[] {
  return ports.filter((port) => port.network_id === network && isOfRouter(port));
}

function isOfRouter({ device_owner: owner }: Port): boolean {
  return owner.startsWith('network:') && owner.includes('router_interface');
}

function internalOf({ networks, ports }: Networks, { id }: Router): readonly Network[] {
  const ids = new Set(ports.filter((port) => port.device_id === id && isOfRouter(port)).map((port) => port.network_id));
  return networks.filter((network) => ids.has(network.id));
}

function hasFloatingIp({ floatingips }: Networks, { id }: Port): boolean {
  return floatingips.some(({ port_id: port }) => port === id);
}

function mayAskDhcp({ rules }: Networks, { security_groups: groups }: Port): boolean {
  return rules.some(
    (rule) =>
      groups.includes(rule.security_group_id) &&
      rule.direction === 'egress' &&
      rule.ethertype === 'IPv4' &&
      (rule.protocol === null || (rule.protocol === 'udp' && covers(rule, 67))),
  );
}

function covers(rule: { port_range_min: number | null; port_range_max: number | null }, port: number): boolean {
  return (rule.port_range_min ?? 0) <= port && port <= (rule.port_range_max ?? 65_535);
}

function nameOf({ id, name }: { readonly id: string; readonly name: string }): string {
  return name === '' ? id : name;
}
