import type { Cloud } from '../../cloud/cloud.js';
import type { Ini, IniSection } from '../../render/ini.js';
import { hasService } from '../../render/chart.js';
import { encryptsTunnels, ipsecOverhead } from './agents/ipsec.js';
import { drivesSwitches, switchSections } from './switches.js';
import { isOvn, ovnConnection, tenantNetworkTypes, usesSriov } from './backend.js';

/** ml2_conf.ini of the server. */
export function ml2Sections(cloud: Cloud): Ini {
  const ovn = isOvn(cloud);
  return {
    ml2: {
      type_drivers: ['flat', 'vlan', 'local', ovn ? 'geneve' : 'vxlan', ...(ovn ? ['vxlan'] : ['gre'])],
      tenant_network_types: tenantNetworkTypes(cloud),
      mechanism_drivers: [
        ...(ovn ? ['ovn'] : ['openvswitch', 'l2population']),
        ...(usesSriov(cloud) ? ['sriovnicswitch'] : []),
        ...(hasService(cloud, 'baremetal') ? ['baremetal'] : []),
        ...(drivesSwitches(cloud) ? ['genericswitch'] : []),
      ],
      extension_drivers: ['port_security', 'qos', ...(hasService(cloud, 'dns') ? ['dns_domain_ports'] : [])],
      overlay_ip_version: 4,
      path_mtu: encryptsTunnels(cloud) ? 1500 - ipsecOverhead : 1500,
      physical_network_mtus: physicalNetworkMtus(cloud),
    },
    ml2_type_flat: { flat_networks: '*' },
    ml2_type_vlan: { network_vlan_ranges: vlanRanges(cloud) },
    ml2_type_vxlan: { vni_ranges: '1:65535' },
    ml2_type_geneve: ovn ? { vni_ranges: '1:65536', max_header_size: 38 } : {},
    securitygroup: { enable_security_group: true, ...(ovn ? {} : { firewall_driver: 'openvswitch' }) },
    ovn: ovn ? ovnSection(cloud) : {},
    ...switchSections(cloud),
  };
}

function ovnSection(cloud: Cloud): IniSection {
  return {
    ovn_nb_connection: ovnConnection(cloud, 'northbound'),
    ovn_sb_connection: ovnConnection(cloud, 'southbound'),
    ovn_l3_scheduler: 'leastloaded',
    ovn_metadata_enabled: true,
    enable_distributed_floating_ip: cloud.spec.features.neutron.dvr.enabled,
    neutron_sync_mode: 'log',
    dns_servers:
      cloud.spec.features.neutron.dns_servers.length > 0 ? cloud.spec.features.neutron.dns_servers : undefined,
  };
}

function physicalNetworkMtus(cloud: Cloud): readonly string[] | undefined {
  const mtus = cloud.spec.features.neutron.external_networks.flatMap(({ physnet, mtu }) =>
    mtu === undefined ? [] : [`${physnet}:${mtu}`],
  );
  return mtus.length === 0 ? undefined : mtus;
}

/** `physnet1:100:200`; a network for VLANs without a range is for administrators only. */
function vlanRanges(cloud: Cloud): readonly string[] | undefined {
  const ranges = cloud.spec.features.neutron.external_networks
    .filter(({ network_types: types }) => types.includes('vlan'))
    .map(({ physnet, vlan_ranges: range }) => (range === undefined ? physnet : `${physnet}:${range}`));
  return ranges.length === 0 ? undefined : ranges;
}
