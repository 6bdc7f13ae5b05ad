import type { Cloud } from '../../cloud/cloud.js';
import { hosts } from '../../conventions/addresses.js';
import { chartOf, confOf, internalHost, replicasOf } from '../../render/chart.js';
import { valueAt } from '../../render/json.js';

export type Backend = 'ml2' | 'ml2/ovn' | 'tungstenfabric';

export const ovnPorts = {
  northbound: 6641,
  southbound: 6642,
  northboundRaft: 6643,
  southboundRaft: 6644,
  northboundStatus: 6645,
  southboundStatus: 6646,
} as const;

/** The ConfigMap in which members of OVN's databases find what is ordered of them. */
export const ovnOrdersName = 'ovn-ovsdb-state';

export function backendOf(cloud: Cloud): Backend {
  return cloud.spec.features.neutron.backend;
}

export function isOvn(cloud: Cloud): boolean {
  return backendOf(cloud) === 'ml2/ovn';
}

/**
 * Which datapath bridges have: the one in user space for DPDK and where raw values `conf.openvswitch.datapath_type` of the chart
 * openvswitch say `netdev`, as they must on a kernel without Open vSwitch; else the kernel's.
 */
export function datapathOf(cloud: Cloud): 'netdev' | 'system' {
  const raw = confOf(chartOf(cloud, 'networking', 'openvswitch'), ['openvswitch'])['datapath_type'];
  return cloud.spec.features.neutron.dpdk?.enabled === true || raw === 'netdev' ? 'netdev' : 'system';
}

/** Networks that tenants make, the first type being the usual one. */
export function tenantNetworkTypes(cloud: Cloud): readonly string[] {
  return cloud.spec.features.neutron.tenant_network_types ?? [isOvn(cloud) ? 'geneve' : 'vxlan'];
}

/** `physnet1:br-ex` and so on. */
export function bridgeMappings(cloud: Cloud): readonly string[] {
  return cloud.spec.features.neutron.external_networks.map(({ physnet, bridge }) => `${physnet}:${bridge}`);
}

/** `br-ex:ens4` and so on; what follows the colon is empty for a bridge without an interface. */
export function externalBridges(cloud: Cloud): string {
  return cloud.spec.features.neutron.external_networks
    .map(({ bridge, interface: nic = '' }) => `${bridge}:${nic}`)
    .join(' ');
}

/** True when any node has SR-IOV. */
export function usesSriov(cloud: Cloud): boolean {
  const { spec } = cloud;
  return [spec.features, ...Object.values(spec.nodes).map((node) => node['features'])].some(
    (features) => valueAt(features, ['neutron', 'sriov', 'enabled']) === true,
  );
}

/** How many members each of OVN's databases has: as many as the API has instances, at most three. */
export function ovnMembers(cloud: Cloud): number {
  return Math.min(3, replicasOf(chartOf(cloud, 'networking', 'neutron'), 'server'));
}

/** `tcp:ovn-ovsdb-sb-0.…:6642,tcp:…`, by the Services of the members, whose addresses stay when pods go. */
export function ovnConnection(cloud: Cloud, side: 'northbound' | 'southbound'): string {
  const name = side === 'northbound' ? hosts.ovnNorthbound : hosts.ovnSouthbound;
  return Array.from(
    { length: ovnMembers(cloud) },
    (_, index) => `tcp:${internalHost(cloud, `${name}-${index}`)}:${ovnPorts[side]}`,
  ).join(',');
}
