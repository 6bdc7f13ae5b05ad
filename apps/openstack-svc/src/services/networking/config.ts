import type { Cloud } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import { hasInternalTls, trusting } from '../../cloud/internal-tls.js';
import { addresses, hosts } from '../../conventions/addresses.js';
import { authSection, commonSections } from '../../conventions/sections.js';
import { listenAddress, tlsProxyFiles } from '../../conventions/api/tls-proxy.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { type Chart, hasService, internalHost, replicasOf } from '../../render/chart.js';
import { iniFile } from '../../render/files.js';
import { type Ini, type IniSection, repeated } from '../../render/ini.js';
import { internalUrl } from '../../conventions/addresses.js';
import { projectFile } from '../../conventions/api/policies.js';
import { backendOf, isOvn, usesSriov } from './backend.js';
import { ml2Sections } from './ml2.js';
import { addressFlags } from './ovn/addresses.js';

export interface ServerFiles {
  /** What every process of the server reads: neutron.conf and the plugin's file. */
  readonly common: readonly ConfigFile[];
  /** Only the API under uWSGI. */
  readonly uwsgi: ConfigFile | undefined;
  /** Only the API, whatever it runs under. */
  readonly apiOnly: readonly ConfigFile[];
}

/** The command of root for agents, as the packages' sudoers allow it. */
export const rootHelper: Ini = { agent: { root_helper: 'sudo neutron-rootwrap /etc/neutron/rootwrap.conf' } };

export const configFlags = (files: readonly ConfigFile[]): string[] =>
  files.flatMap(({ path }) => ['--config-file', path]);

export function serverFiles(chart: Chart): ServerFiles {
  const common = [
    projectFile(
      chart,
      'neutron',
      { path: '/etc/neutron/neutron.conf', values: ['neutron'] },
      commonSections(chart, { project: 'neutron', database: 'neutron', messaging: true, api: true }),
      neutronSections(chart),
    ),
    pluginFile(chart),
  ];
  const uwsgi = chart.cloud.release.facts.neutronServerIsSplit ? apiUwsgi(chart, common) : undefined;
  return { common, uwsgi, apiOnly: uwsgi === undefined ? tlsProxyFiles(chart, addresses.neutron.port) : [uwsgi] };
}

/** neutron.conf for agents: the bus, and no database. */
export function agentCommonFile(chart: Chart, secret: string): ConfigFile {
  const sections = commonSections(chart, { project: 'neutron', messaging: true });
  return iniFile(chart, { secret, path: '/etc/neutron/neutron.conf', values: ['neutron'] }, sections, rootHelper, {
    DEFAULT: { core_plugin: 'ml2', state_path: '/var/lib/neutron' },
  });
}

function neutronSections(chart: Chart): Ini {
  const { cloud } = chart;
  const { dvr } = cloud.spec.features.neutron;
  const workers = cloud.spec.size === 'single' ? 1 : 4;
  const listens = listenAddress(chart, addresses.neutron.port);
  const l3: IniSection = isOvn(cloud)
    ? {}
    : {
        router_distributed: dvr.enabled,
        l3_ha: replicasOf(chart, 'server') > 1 && !dvr.enabled,
        max_l3_agents_per_router: 2,
        dhcp_agents_per_network: 2,
        allow_automatic_l3agent_failover: true,
      };
  return {
    DEFAULT: {
      state_path: '/var/lib/neutron',
      core_plugin: corePlugin(chart),
      service_plugins: servicePlugins(chart),
      auth_strategy: 'keystone',
      bind_host: listens.address,
      bind_port: listens.port,
      api_workers: workers,
      rpc_workers: hasRpcAgents(cloud) ? workers : 0,
      notify_nova_on_port_status_changes: true,
      notify_nova_on_port_data_changes: true,
      dns_domain: `${cloud.spec.public_domain_name}.`,
      global_physnet_mtu: 1500,
      external_dns_driver: hasService(cloud, 'dns') ? 'designate' : undefined,
      ...l3,
    },
    nova: { ...authSection(cloud, 'nova'), endpoint_type: 'internal' },
    designate: hasService(cloud, 'dns')
      ? {
          ...authSection(cloud, 'designate'),
          url: `${internalUrl(cloud, 'designate')}/v2`,
          allow_reverse_dns_lookup: true,
        }
      : {},
    quotas: quotas(cloud),
    service_providers: serviceProviders(chart),
    ...rootHelper,
  };
}

/** OVN needs no messages between the server and its own agents; those of extensions do. */
function hasRpcAgents(cloud: Cloud): boolean {
  const { extensions } = cloud.spec.features.neutron;
  const { vpnaas, dynamic_routing: routing, portprober } = extensions;
  const usesBus = [vpnaas, routing, portprober].some(({ enabled }) => enabled);
  return !isOvn(cloud) || usesBus || usesSriov(cloud) || hasService(cloud, 'baremetal');
}

/** Drivers of services that have several: without one named their plug-ins do not start. */
function serviceProviders({ cloud }: Chart): IniSection {
  if (backendOf(cloud) === 'tungstenfabric') return {};
  const { extensions, bgpvpn } = cloud.spec.features.neutron;
  const vpn = isOvn(cloud) ? 'ovn_ipsec.IPsecOvnVPNDriver' : 'ipsec.IPsecVPNDriver';
  const bagpipe = 'networking_bgpvpn.neutron.services.service_drivers.bagpipe.bagpipe_v2.BaGPipeBGPVPNDriver';
  const providers = [
    ...(extensions.vpnaas.enabled ? [`VPN:strongswan:neutron_vpnaas.services.vpn.service_drivers.${vpn}:default`] : []),
    ...(bgpvpn.enabled ? [`BGPVPN:BaGPipe:${bagpipe}:default`] : []),
  ];
  return providers.length === 0 ? {} : { service_provider: repeated(...providers) };
}

const openSdnPlugins = 'neutron_plugin_contrail.plugins.opencontrail';

function corePlugin(chart: Chart): string {
  return backendOf(chart.cloud) === 'tungstenfabric'
    ? `${openSdnPlugins}.contrail_plugin.NeutronPluginContrailCoreV2`
    : 'ml2';
}

/**
 * Networks of OpenSDN are not in Neutron's database, so Neutron loads none of its own plug-ins for tags and times beside that core.
 * Load balancers are Octavia's: the plug-in for them needs neutron-lbaas, which ended with Train.
 */
function openSdnServices({ spec }: Cloud): readonly string[] {
  const { trunk } = spec.features.neutron.extensions;
  return [
    `${openSdnPlugins}.services.tag.tag_plugin.TagPlugin`,
    `${openSdnPlugins}.services.timestamp.timestamp_plugin.TimeStampPlugin`,
    ...(trunk.enabled ? [`${openSdnPlugins}.services.trunk.plugin.TrunkPlugin`] : []),
  ];
}

/** Where quotas are kept: with what they limit. */
function quotas(cloud: Cloud): IniSection {
  return backendOf(cloud) === 'tungstenfabric' ? { quota_driver: `${openSdnPlugins}.quota.driver.QuotaDriver` } : {};
}

function servicePlugins(chart: Chart): readonly string[] {
  const { cloud } = chart;
  const { extensions, bgpvpn } = cloud.spec.features.neutron;
  if (backendOf(cloud) === 'tungstenfabric') return openSdnServices(cloud);
  const ovn = isOvn(cloud);
  return [
    ovn ? 'ovn-router' : 'router',
    'qos',
    'segments',
    'port_forwarding',
    ...(ovn ? [] : ['metering']),
    ...(extensions.portprober.enabled ? ['portprober'] : []),
    ...(extensions.trunk.enabled ? ['trunk'] : []),
    ...(extensions.vpnaas.enabled ? [ovn ? 'ovn-vpnaas' : 'vpnaas'] : []),
    ...(extensions.dynamic_routing.enabled ? ['neutron_dynamic_routing.services.bgp.bgp_plugin.BgpPlugin'] : []),
    ...(bgpvpn.enabled ? ['networking_bgpvpn.neutron.services.plugin.BGPVPNPlugin'] : []),
  ];
}

function pluginFile(chart: Chart): ConfigFile {
  if (backendOf(chart.cloud) === 'tungstenfabric') return contrailFile(chart);
  return iniFile(
    chart,
    { path: '/etc/neutron/plugins/ml2/ml2_conf.ini', values: ['plugins', 'ml2_conf'] },
    ml2Sections(chart.cloud),
  );
}

/** The API of OpenSDN's configuration nodes, as it is handed over; until then, as its operator names the Service. */
function contrailFile(chart: Chart): ConfigFile {
  const { spec, sdn } = chart.cloud;
  return iniFile(
    chart,
    { path: '/etc/neutron/plugins/opencontrail/ContrailPlugin.ini', values: ['plugins', 'opencontrail'] },
    {
      APISERVER: {
        api_server_ip: `${sdn?.apiHost ?? 'tf-config-api.tf.svc'}.${spec.internal_domain_name}`,
        api_server_port: sdn?.apiPort ?? 8082,
        multi_tenancy: true,
        contrail_extensions: [
          `ipam:${openSdnPlugins}.contrail_plugin_ipam.NeutronPluginContrailIpam`,
          `policy:${openSdnPlugins}.contrail_plugin_policy.NeutronPluginContrailPolicy`,
        ],
      },
      KEYSTONE: { ...authSection(chart.cloud, 'neutron') },
    },
  );
}

/** Epoxy's packages and every later release serve the API under uWSGI; one start time keeps workers' hash rings in step. */
function apiUwsgi(chart: Chart, common: readonly ConfigFile[]): ConfigFile {
  return uwsgiFile(chart, {
    path: '/etc/neutron/neutron-api-uwsgi.ini',
    port: addresses.neutron.port,
    program: '/usr/bin/neutron-api',
    threads: 4,
    more: {
      pyargv: [...configFlags(common), ...(isOvn(chart.cloud) ? addressFlags : [])].join(' '),
      'start-time': '%t',
    },
  });
}

/** Where agents reach Nova's metadata. */
export function metadataAddress({ cloud }: Chart): IniSection {
  return {
    nova_metadata_host: internalHost(cloud, hosts.novaMetadata),
    nova_metadata_port: 8775,
    ...(hasInternalTls(cloud) ? { nova_metadata_protocol: 'https' } : {}),
    ...trusting(cloud, 'auth_ca_cert'),
  };
}
