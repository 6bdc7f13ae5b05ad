import { BlockList } from 'node:net';
import type { OpenStackDeployment } from '@keelson/api';
import { z } from 'zod';
import { mappingsText, type Network, type Networks, type Port, type Router, type Subnet } from './networks.js';

const MtuSchema = z.number().optional().catch(undefined);
/** Where raw values say something of the sizes of frames. */
const ValuesSchema = z.object({
  conf: z
    .object({
      neutron: z.object({ DEFAULT: z.object({ global_physnet_mtu: MtuSchema }).prefault({}) }).prefault({}),
      plugins: z
        .object({
          ml2_conf: z
            .object({ ml2: z.object({ path_mtu: MtuSchema, overlay_ip_version: MtuSchema }).prefault({}) })
            .prefault({}),
        })
        .prefault({}),
    })
    .prefault({}),
});
const ServicesSchema = z.object({
  networking: z.object({ neutron: z.object({ values: z.unknown() }).optional() }).optional(),
});

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

/** Geneve with OVN's options adds so many bytes to a frame, beside the header of IP. */
const geneveBytes = 38;
const ipBytes = { 4: 20, 6: 40 } as const;
/** Virtual functions: OVN's controllers see nothing of their traffic. */
const hardwarePorts = ['direct', 'direct-physical', 'macvtap', 'virtio-forwarder'];

/** What controllers of OVN will be told on every node. */
export function mappingsOf(spec: OpenStackDeployment['spec']): string {
  const networks = spec.features?.neutron?.external_networks ?? [];
  return mappingsText(networks.map(({ physnet, bridge }) => [physnet, bridge]));
}

/**
 * Checks before the migration, by the names and impacts of the reference, and one of our own: of bridges. A critical finding holds the
 * migration.
 */
export const checks: readonly Check[] = [
  {
    name: 'Bridge mappings',
    impact: 'CRITICAL',
    find: ({ networks, spec }) => {
      const wanted = mappingsOf(spec);
      return networks.bridgeMappings
        .filter(({ mappings }) => mappings !== wanted)
        .map(
          ({ host, mappings }) =>
            `node ${host} has the bridge mappings ${mappings || 'none'}, and OVN is given ${wanted || 'none'} by spec.features.neutron.external_networks: what goes over the others there would be cut off`,
        );
    },
  },
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
    find: ({ networks, spec }) => {
      const most = largestTenantMtu(spec);
      return networks.networks
        .filter((network) => isVxlan(network) && network.mtu > most)
        .map((network) => `network ${nameOf(network)} has an MTU of ${network.mtu}; Geneve leaves ${most}`);
    },
  },
  {
    name: 'Networks provider type',
    impact: 'MAJOR',
    find: ({ networks }) =>
      networks.networks
        .filter((network) => isPhysical(network) && hasInstances(networks, network.id))
        .filter(({ id }) => routersOf(networks, id).length === 0)
        .map((network) => `network ${nameOf(network)} is ${typeOf(network)} and has instances`),
  },
  {
    name: 'Networks provider type routing',
    impact: 'CRITICAL',
    find: ({ networks }) =>
      networks.networks
        .filter((network) => isPhysical(network) && hasInstances(networks, network.id))
        .filter(({ id }) => routersOf(networks, id).length > 0)
        .map(
          (network) =>
            `network ${nameOf(network)} is ${typeOf(network)} and has instances behind a router: OVN routes it elsewhere`,
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
        .filter((subnet) => !subnet.enable_dhcp && isOfVxlan(networks, subnet))
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
        .filter((port) => hardwarePorts.includes(port['binding:vnic_type']) && hasFloatingIp(networks, port))
        .map((port) => `port ${nameOf(port)} is SR-IOV and has a floating IP`),
  },
  {
    name: 'Ports with blocked access to DHCPv4',
    impact: 'CRITICAL',
    find: ({ networks }) =>
      networks.ports
        .filter((port) => isOfInstance(port) && port.port_security_enabled && !mayAskDhcp(networks, port))
        .map(
          (port) =>
            `port ${nameOf(port)} has no rules that let UDP to port 67 of its subnet and of 255.255.255.255 out`,
        ),
  },
  {
    name: 'Routers gateway MTU',
    impact: 'MAJOR',
    find: ({ networks }) =>
      networks.routers.flatMap((router) => {
        const gateway = networks.networks.find(({ id }) => id === router.external_gateway_info?.network_id);
        const others = internalOf(networks, router).filter(({ mtu }) => gateway !== undefined && mtu !== gateway.mtu);
        return others.map((network) => `router ${nameOf(router)}: ${nameOf(network)} has another MTU than its gateway`);
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

/** What a frame has room for in a tunnel, by the raw values of the spec and what is rendered without them; a path of 0 has no limit of its own. */
function largestTenantMtu({ services }: OpenStackDeployment['spec']): number {
  const { conf } = valuesOf(services);
  const { global_physnet_mtu: physical = 1500 } = conf.neutron.DEFAULT;
  const { path_mtu: path = 1500, overlay_ip_version: version = 4 } = conf.plugins.ml2_conf.ml2;
  return Math.min(physical, path === 0 ? physical : path) - geneveBytes - ipBytes[version === 6 ? 6 : 4];
}

/** What is not there, or not a number, is neutron's default. */
function valuesOf(services: unknown): z.infer<typeof ValuesSchema> {
  const values = ServicesSchema.safeParse(services).data?.networking?.neutron?.values;
  return ValuesSchema.parse(values ?? {});
}

const typeOf = (network: Network): string => network['provider:network_type'];
const isVxlan = (network: Network): boolean => typeOf(network) === 'vxlan';
const isPhysical = (network: Network): boolean => typeOf(network) === 'vlan' || typeOf(network) === 'flat';

function hasInstances({ ports }: Networks, network: string): boolean {
  return ports.some((port) => port.network_id === network && isOfInstance(port));
}

function isOfVxlan({ networks }: Networks, { network_id: network }: Subnet): boolean {
  return networks.some((one) => one.id === network && isVxlan(one));
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

/** Its first request is a broadcast, later ones go to the server, which is in its subnet. */
function mayAskDhcp({ rules, subnets }: Networks, { security_groups: groups, fixed_ips: ips }: Port): boolean {
  const own = rules.filter(
    (rule) =>
      groups.includes(rule.security_group_id) &&
      rule.direction === 'egress' &&
      rule.ethertype === 'IPv4' &&
      rule.remote_group_id === null &&
      (rule.protocol === null || (['udp', '17'].includes(rule.protocol) && covers(rule, 67))),
  );
  const reached = subnets.filter(({ id, ip_version: is }) => is === 4 && ips.some((ip) => ip.subnet_id === id));
  const targets = ['255.255.255.255/32', ...reached.map(({ cidr }) => cidr)];
  return targets.every((target) => own.some(({ remote_ip_prefix: to }) => to === null || isWithin(target, to)));
}

/** True when all addresses of one prefix are in another, both IPv4 as `<address>/<bits>`. What is neither is not. */
function isWithin(inner: string, outer: string): boolean {
  const [[address = '', bits = '32'], [network = '', length = '32']] = [inner.split('/'), outer.split('/')];
  try {
    const list = new BlockList();
    list.addSubnet(network, Number(length));
    return Number(length) <= Number(bits) && list.check(address);
  } catch {
    return false;
  }
}

function covers(rule: { port_range_min: number | null; port_range_max: number | null }, port: number): boolean {
  return (rule.port_range_min ?? 0) <= port && port <= (rule.port_range_max ?? 65_535);
}

function nameOf({ id, name }: { readonly id: string; readonly name: string }): string {
  return name === '' ? id : name;
}
