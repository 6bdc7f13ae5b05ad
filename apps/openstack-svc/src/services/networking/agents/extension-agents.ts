import type { Cloud } from '../../../cloud/cloud.js';
import type { SriovNic } from '../../../cloud/spec/networking.js';
import { type Chart, chartOf, confOf } from '../../../render/chart.js';
import { iniFile, type Script, script } from '../../../render/files.js';
import { repeated } from '../../../render/ini.js';
import type { DaemonPart } from '../../../render/node-sets.js';
import type { ContainerPart } from '../../../render/pod.js';
import { agentPart, plainAgent } from './agents.js';
import { ovnConnection, usesSriov } from '../backend.js';
import { agentCommonFile, configFlags, rootHelper } from '../config.js';
import { addressesScript, addressFlags, readingClusters, withOvnAddresses } from '../ovn/addresses.js';
import { asNumberOf, reflectorScript, reflectsRoutes, withReflectors } from './route-reflector.js';
import { bgpAgent, virtualFunctions } from '../scripts.js';

const devices = 'neutron_vpnaas.services.vpn.device_drivers';
/** What ends tunnels of VPNs on gateways: https://docs.openstack.org/neutron-vpnaas. */
export const vpnDevice = {
  ml2: `${devices}.strongswan_ipsec.StrongSwanDriver`,
  ovn: `${devices}.ovn_ipsec.OvnStrongSwanDriver`,
} as const;

/** Where agents of Open vSwitch find the BGP speaker of their node, and the bridge whose flows it writes. */
export const bagpipeApiPort = 8082;
export const mplsBridge = 'br-mpls';

/** Scripts that these agents start with. */
export function extensionScripts(cloud: Cloud): readonly Script[] {
  const chart = chartOf(cloud, 'networking', 'neutron');
  return [
    ...(usesSriov(cloud) ? [virtualFunctionsScript(chart)] : []),
    ...(speaksBgp(cloud) ? [bgpScript(chart)] : []),
  ];
}

function virtualFunctionsScript(chart: Chart): Script {
  return script(chart, 'neutron-virtual-functions.sh', virtualFunctions);
}

/** Ports of SR-IOV; the virtual functions are made first. */
export function sriovPart(chart: Chart): DaemonPart | undefined {
  const { sriov } = chart.cloud.spec.features.neutron;
  if (sriov?.enabled !== true) return undefined;
  const mappings = sriov.nics.flatMap(({ device, physnet }) => (physnet === undefined ? [] : [`${physnet}:${device}`]));
  const part = plainAgent(
    chart,
    'sriov-agent',
    ['compute'],
    {
      sriov_nic: { physical_device_mappings: mappings },
      securitygroup: { firewall_driver: 'noop' },
    },
    'neutron-sriov-nic-agent',
  );
  const text = sriov.nics.map(({ device, num_vfs: count, mtu, trusted }) =>
    [device, count, mtu ?? '', trusted === true ? 'on' : ''].join(':'),
  );
  const own = virtualFunctionsScript(chart);
  const making: ContainerPart = {
    name: 'virtual-functions',
    image: 'neutron',
    command: [own.path],
    weight: 'job',
    rights: 'privileged',
    runAsUser: 0,
    env: [{ name: 'NICS', value: text.join(' ') }],
  };
  return {
    ...part,
    scripts: [...(part.scripts ?? []), own],
    before: [...(part.before ?? []), ...hooksOf(sriov.nics, 'pre_init'), making, ...hooksOf(sriov.nics, 'init')],
  };
}

/** What operators want done to their cards before virtual functions are made, and after. */
function hooksOf(nics: readonly SriovNic[], phase: 'pre_init' | 'init'): readonly ContainerPart[] {
  return nics.flatMap(({ device, num_vfs: count, hooks }, index) => {
    const commands = hooks[phase];
    if (commands === undefined) return [];
    return {
      name: `${phase.replace('_', '-')}-hook-${index}`,
      image: 'neutron',
      command: ['bash', '-ec', commands],
      weight: 'job',
      rights: 'privileged',
      runAsUser: 0,
      env: [
        { name: 'DEVICE', value: device },
        { name: 'NUM_VFS', value: String(count) },
      ],
    } satisfies ContainerPart;
  });
}

/** Speaks BGP for the routers of gateways. */
export function bgpPart(chart: Chart): DaemonPart | undefined {
  if (!speaksBgp(chart.cloud)) return undefined;
  const component = 'bgp-dragent';
  const secret = `neutron-${component}-etc`;
  const files = [
    agentCommonFile(chart, secret),
    iniFile(chart, { secret, path: '/etc/neutron/bgp_dragent.ini', values: ['bgp_dragent'] }, rootHelper, {
      bgp: { bgp_speaker_driver: 'neutron_dynamic_routing.services.bgp.agent.driver.os_ken.driver.OsKenBgpDriver' },
    }),
  ];
  const own = confOf(chart, ['bgp_dragent', 'bgp'])['bgp_router_id'];
  return agentPart({
    component,
    roles: ['gateway'],
    files,
    scripts: [bgpScript(chart)],
    container: {
      command: [bgpScript(chart).path],
      env: [{ name: 'ROUTER_ID', value: typeof own === 'string' ? own : '' }],
    },
  });
}

function speaksBgp({ spec }: Cloud): boolean {
  return spec.features.neutron.extensions.dynamic_routing.enabled;
}

function bgpScript(chart: Chart): Script {
  return script(chart, 'neutron-bgp-dragent.sh', bgpAgent);
}

/** BGP VPNs: a speaker on each compute, which writes flows of VPNs as the agent of Open vSwitch tells it. */
export function bagpipePart(chart: Chart): DaemonPart | undefined {
  const { bgpvpn, tunnel_interface: tunnel } = chart.cloud.spec.features.neutron;
  if (!bgpvpn.enabled) return undefined;
  const address = bgpvpn.control_interface ?? tunnel;
  // FRR reflects all routes: it knows no constraints by route target.
  const reflects = reflectsRoutes(chart.cloud);
  const files = [
    iniFile(
      chart,
      { secret: 'neutron-bagpipe-bgp-etc', path: '/etc/bagpipe-bgp/bgp.conf', values: ['bagpipe_bgp'] },
      {
        api: { host: '127.0.0.1', port: bagpipeApiPort },
        // The name of an interface stands for its address, which differs from node to node.
        bgp: {
          local_address: address,
          peers: bgpvpn.peers,
          my_as: asNumberOf(chart.cloud),
          enable_rtc: !reflects,
        },
        common: { root_helper: rootHelper['agent']?.['root_helper'] },
        dataplane_driver_ipvpn: { dataplane_driver: 'ovs', ovs_bridge: mplsBridge, dataplane_local_address: tunnel },
        dataplane_driver_evpn: { dataplane_driver: 'ovs', dataplane_local_address: tunnel },
      },
    ),
  ];
  const command = ['bagpipe-bgp', ...configFlags(files)];
  const container = reflects ? withReflectors(chart, command) : { command, env: [] };
  const scripts = reflects ? [reflectorScript(chart)] : [];
  return agentPart({ component: 'bagpipe-bgp', roles: ['compute'], files, scripts, container });
}

/** With OVN there is no agent of routers that VPNs could be a part of. */
export function ovnVpnPart(chart: Chart): DaemonPart | undefined {
  const { cloud } = chart;
  if (!cloud.spec.features.neutron.extensions.vpnaas.enabled) return undefined;
  const secret = 'neutron-ovn-vpn-agent-etc';
  const files = [
    agentCommonFile(chart, secret),
    iniFile(chart, { secret, path: '/etc/neutron/ovn_vpn_agent.ini', values: ['ovn_vpn_agent'] }, rootHelper, {
      DEFAULT: { interface_driver: 'openvswitch' },
      AGENT: { extensions: ['vpnaas'] },
      vpnagent: { vpn_device_driver: repeated(vpnDevice.ovn) },
      ovs: { ovsdb_connection: 'unix:/run/openvswitch/db.sock' },
      ovn: { ovn_sb_connection: ovnConnection(cloud, 'southbound') },
    }),
  ];
  return readingClusters(
    agentPart({
      component: 'ovn-vpn-agent',
      roles: ['gateway'],
      files,
      scripts: [addressesScript(chart)],
      container: withOvnAddresses(cloud, ['neutron-ovn-vpn-agent', ...configFlags(files), ...addressFlags]),
    }),
  );
}
