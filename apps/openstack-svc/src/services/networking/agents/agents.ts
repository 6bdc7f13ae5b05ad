import type { Cloud } from '../../../cloud/cloud.js';
import type { ConfigFile } from '../../../cloud/service.js';
import { sharedCredentials } from '../../../conventions/credentials.js';
import { ownDirectories } from '../../../conventions/directories.js';
import { type Chart, chartOf, daemonChartOf } from '../../../render/chart.js';
import { iniFile, type Script, script } from '../../../render/files.js';
import { type Ini, repeated } from '../../../render/ini.js';
import { daemonSets, type DaemonPart, type DaemonSets } from '../../../render/node-sets.js';
import type { ContainerPart, MountedVolume, NodeRole } from '../../../render/pod.js';
import { hostPath, roleLabels } from '../../../render/pod.js';
import { bridgeMappings, datapathOf, externalBridges, tenantNetworkTypes } from '../backend.js';
import { agentCommonFile, configFlags, metadataAddress, rootHelper } from '../config.js';
import {
  bagpipeApiPort,
  bagpipePart,
  bgpPart,
  extensionScripts,
  mplsBridge,
  sriovPart,
  vpnDevice,
} from './extension-agents.js';
import { dpdkVariables } from './dpdk.js';
import { ipsecPart, ipsecScripts } from './ipsec.js';
import { switchMounts } from './openvswitch.js';
import { portproberPart } from './portprober.js';
import { reflectorScripts, routeReflectorPart } from './route-reflector.js';
import { ovsAgent } from '../scripts.js';

/** Agents of ML2 with Open vSwitch. */
export function agents(cloud: Cloud): DaemonSets & { scripts: readonly Script[] } {
  const parts = [
    ovsAgentPart,
    l3Part,
    distributedL3Part,
    dhcpPart,
    metadataPart,
    sriovPart,
    bgpPart,
    bagpipePart,
    ipsecPart,
    routeReflectorPart,
    portproberPart,
  ];
  const sets = parts.map((part) => agentSets(cloud, part));
  return {
    daemonSets: sets.flatMap((each) => each.daemonSets),
    files: sets.flatMap(({ files }) => files),
    scripts: [
      ovsAgentScript(chartOf(cloud, 'networking', 'neutron')),
      ...extensionScripts(cloud),
      ...ipsecScripts(cloud),
      ...reflectorScripts(cloud),
    ],
  };
}

/** Agents of routers alone: during the migration to OVN they go last. */
export function routerAgents(cloud: Cloud): DaemonSets {
  const sets = [l3Part, distributedL3Part].map((part) => agentSets(cloud, part));
  return { daemonSets: sets.flatMap((each) => each.daemonSets), files: sets.flatMap(({ files }) => files) };
}

/** DaemonSets of one agent. */
export function agentSets(cloud: Cloud, part: (chart: Chart) => DaemonPart | undefined): DaemonSets {
  return daemonSets(cloud, (each) => {
    const usual = chartOf(each, 'networking', 'neutron');
    const name = part(usual)?.name;
    if (name === undefined) return undefined;
    const chart = daemonChartOf(each, 'networking', 'neutron', name);
    const own = part(chart);
    return own === undefined ? undefined : { chart, part: own };
  });
}

export interface AgentPart {
  readonly component: string;
  readonly name?: string;
  readonly roles: readonly NodeRole[];
  readonly files: readonly ConfigFile[];
  readonly scripts?: readonly Script[];
  /** Before its process starts, after the directories of the node are there. */
  readonly before?: readonly ContainerPart[];
  readonly container: Pick<ContainerPart, 'command' | 'env'> & Partial<ContainerPart>;
}

/** What agents have in common: the node's network, its namespaces and the switch. */
export function agentPart(part: AgentPart): DaemonPart {
  const { component, name = `neutron-${component}`, roles, files, scripts = [], before = [], container } = part;
  return {
    name,
    component,
    roles,
    files,
    scripts,
    host: { network: true, pid: true },
    graceSeconds: 60,
    maxUnavailable: roles.includes('gateway') ? 1 : '10%',
    mounts: agentMounts,
    ...(container.image === undefined
      ? { before: [ownDirectories('neutron', '/var/lib/neutron', '/var/lib/neutron/tmp'), ...before] }
      : {}),
    containers: [{ name, image: 'neutron', weight: 'agent', rights: 'privileged', ...container }],
  };
}

const agentMounts: readonly MountedVolume[] = [
  ...switchMounts,
  hostPath('run-netns', '/run/netns', { type: 'DirectoryOrCreate', propagation: 'Bidirectional' }),
  hostPath('var-lib-neutron', '/var/lib/neutron', { type: 'DirectoryOrCreate' }),
];

function ovsAgentScript(chart: Chart): Script {
  return script(chart, 'neutron-ovs-agent.sh', ovsAgent);
}

function ovsAgentPart(chart: Chart): DaemonPart {
  const { cloud } = chart;
  const { dvr, tunnel_interface: tunnel = '', bgpvpn } = cloud.spec.features.neutron;
  const secret = 'neutron-ovs-agent-etc';
  const tunnels = tenantNetworkTypes(cloud).filter((type) => ['vxlan', 'gre'].includes(type));
  const sections: Ini = {
    agent: {
      tunnel_types: tunnels,
      l2_population: tunnels.length > 0,
      arp_responder: tunnels.length > 0,
      enable_distributed_routing: dvr.enabled,
      extensions: ['qos', ...(bgpvpn.enabled ? ['bagpipe_bgpvpn'] : [])],
      ...rootHelper['agent'],
    },
    ovs: {
      bridge_mappings: bridgeMappings(cloud),
      datapath_type: datapathOf(cloud),
      ovsdb_connection: 'unix:/run/openvswitch/db.sock',
    },
    bagpipe: bgpvpn.enabled ? { bagpipe_bgp_port: bagpipeApiPort, mpls_bridge: mplsBridge } : {},
    securitygroup: { firewall_driver: 'openvswitch', enable_security_group: true },
  };
  const path = '/etc/neutron/plugins/ml2/openvswitch_agent.ini';
  return agentPart({
    component: 'neutron-ovs-agent',
    name: 'neutron-ovs-agent',
    roles: ['network'],
    files: [
      agentCommonFile(chart, secret),
      iniFile(chart, { secret, path, values: ['plugins', 'openvswitch_agent'] }, sections),
    ],
    scripts: [ovsAgentScript(chart)],
    container: {
      command: ['/opt/keelson/bin/neutron-ovs-agent.sh'],
      env: [
        { name: 'TUNNEL_INTERFACE', value: tunnel },
        {
          name: 'EXTERNAL_BRIDGES',
          value: bgpvpn.enabled ? `${externalBridges(cloud)} ${mplsBridge}:` : externalBridges(cloud),
        },
        { name: 'DATAPATH', value: datapathOf(cloud) },
        ...dpdkVariables(cloud),
      ],
    },
  });
}

/** Gateways route; with distributed routers computes do too. */
function routerRoles(chart: Chart): readonly NodeRole[] {
  return chart.cloud.spec.features.neutron.dvr.enabled ? ['gateway', 'compute'] : ['gateway'];
}

function l3Part(chart: Chart): DaemonPart {
  const { dvr } = chart.cloud.spec.features.neutron;
  const sections = l3Sections(chart, dvr.enabled ? 'dvr_snat' : 'legacy');
  return { ...plainAgent(chart, 'l3-agent', ['gateway'], sections), followsNode: true };
}

/** Distributed routing on computes; one that is a gateway too has the gateway's agent. */
function distributedL3Part(chart: Chart): DaemonPart | undefined {
  if (!chart.cloud.spec.features.neutron.dvr.enabled) return undefined;
  const part = plainAgent(chart, 'l3-agent-dvr', ['compute'], l3Sections(chart, 'dvr'), 'neutron-l3-agent');
  return { ...part, followsNode: true, nodes: [{ key: roleLabels.gateway, operator: 'NotIn', values: ['enabled'] }] };
}

function l3Sections(chart: Chart, mode: string): Ini {
  const { extensions } = chart.cloud.spec.features.neutron;
  return {
    DEFAULT: {
      interface_driver: 'openvswitch',
      agent_mode: mode,
      enable_metadata_proxy: true,
      ha_vrrp_health_check_interval: 30,
    },
    // Policies of floating addresses and of gateways are the plug-in's; the agent's extensions put them into force.
    AGENT: {
      extensions: ['port_forwarding', 'fip_qos', 'gateway_ip_qos', ...(extensions.vpnaas.enabled ? ['vpnaas'] : [])],
    },
    vpnagent: extensions.vpnaas.enabled ? { vpn_device_driver: repeated(vpnDevice.ml2) } : {},
  };
}

function dhcpPart(chart: Chart): DaemonPart {
  const { dns_servers: servers } = chart.cloud.spec.features.neutron;
  return plainAgent(chart, 'dhcp-agent', ['gateway'], {
    DEFAULT: {
      interface_driver: 'openvswitch',
      enable_isolated_metadata: true,
      force_metadata: true,
      dnsmasq_dns_servers: servers.length > 0 ? servers : undefined,
    },
  });
}

function metadataPart(chart: Chart): DaemonPart {
  return plainAgent(chart, 'metadata-agent', routerRoles(chart), {
    DEFAULT: {
      ...metadataAddress(chart),
      metadata_proxy_shared_secret: chart.cloud.secrets.key(sharedCredentials.metadataSecret),
      metadata_workers: 2,
    },
  });
}

/** An agent whose program has its name and whose file is `<name>.ini`. */
export function plainAgent(
  chart: Chart,
  component: string,
  roles: readonly NodeRole[],
  sections: Ini,
  program = `neutron-${component}`,
): DaemonPart {
  const secret = `neutron-${component}-etc`;
  const key = component.replaceAll('-', '_');
  const files = [
    agentCommonFile(chart, secret),
    iniFile(chart, { secret, path: `/etc/neutron/${key}.ini`, values: [key] }, rootHelper, sections),
  ];
  return agentPart({ component, roles, files, container: { command: [program, ...configFlags(files)], env: [] } });
}
