import type { ConfigFile } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';
import { authSection, commonSections } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import type { Chart } from '../../render/chart.js';
import { chartOf } from '../../render/chart.js';
import { iniFile, textFile } from '../../render/files.js';
import type { Ini } from '../../render/ini.js';
import { novaSections } from '../compute/config.js';
import { hasSerialConsole, serialSections } from '../compute/serial-console.js';
import { agentImageOptions } from './agent-images.js';
import { agentApiUrl, webLines, webPort } from './web.js';
import { networkName } from './network.js';

export interface BaremetalFiles {
  readonly service: ConfigFile;
  readonly uwsgi: ConfigFile;
  readonly web: ConfigFile;
  /** Of the nova-compute that has Ironic for its hypervisor. */
  readonly compute: ConfigFile;
}

/** Where conductors offer serial consoles, on their nodes. */
const consolePorts = '14000:14999';

export function baremetalFiles(chart: Chart): BaremetalFiles {
  return {
    service: projectFile(
      chart,
      'ironic',
      { path: '/etc/ironic/ironic.conf', values: ['ironic'] },
      commonSections(chart, { project: 'ironic', database: 'ironic', messaging: true, api: true }),
      ironicSections(chart),
    ),
    uwsgi: uwsgiFile(chart, {
      path: '/etc/ironic/ironic-uwsgi.ini',
      port: addresses.ironic.port,
      program: '/usr/bin/ironic-api-wsgi',
      threads: 4,
    }),
    web: textFile(chart, { path: '/etc/nginx/nginx.conf' }, webLines(chart)),
    compute: computeFile(chart),
  };
}

function ironicSections(chart: Chart): Ini {
  const { cloud } = chart;
  const auth = { ...authSection(cloud, 'ironic'), valid_interfaces: 'internal' };
  const network = networkName(cloud);
  return {
    DEFAULT: {
      enabled_hardware_types: ['ipmi', 'redfish', 'manual-management'],
      enabled_boot_interfaces: ['ipxe', 'redfish-virtual-media', 'pxe'],
      enabled_deploy_interfaces: ['direct', 'ramdisk'],
      enabled_management_interfaces: ['ipmitool', 'redfish', 'noop'],
      enabled_power_interfaces: ['ipmitool', 'redfish', 'fake'],
      enabled_network_interfaces: ['flat', 'neutron', 'noop'],
      enabled_inspect_interfaces: ['redfish', 'agent', 'no-inspect'],
      enabled_console_interfaces: [...(hasSerialConsole(cloud) ? ['ipmitool-socat'] : []), 'no-console'],
      default_network_interface: 'flat',
      default_inspect_interface: 'no-inspect',
      auth_strategy: 'keystone',
    },
    conductor: { automated_clean: true, deploy_callback_timeout: 3600, ...agentImageOptions(chart) },
    deploy: { http_url: `http://$my_ip:${webPort}`, http_root: '/var/lib/ironic/httpboot', erase_devices_priority: 0 },
    console: hasSerialConsole(cloud) ? { port_range: consolePorts } : {},
    pxe: { tftp_root: '/var/lib/ironic/tftpboot', images_path: '/var/lib/ironic/images', ipxe_enabled: true },
    neutron: { ...auth, cleaning_network: network, provisioning_network: network, inspection_network: network },
    glance: auth,
    nova: auth,
    service_catalog: { ...auth, endpoint_override: agentApiUrl },
    swift: auth,
    inspector: auth,
  };
}

function computeFile(chart: Chart): ConfigFile {
  const nova = chartOf(chart.cloud, 'compute', 'nova');
  return iniFile(
    nova,
    { secret: 'nova-compute-ironic-etc', path: '/etc/nova/nova.conf', values: ['nova'] },
    commonSections(nova, { project: 'nova', messaging: true }),
    novaSections(nova),
    {
      DEFAULT: { compute_driver: 'ironic.IronicDriver', reserved_host_memory_mb: 0, host: 'nova-compute-ironic' },
      ironic: { ...authSection(chart.cloud, 'ironic'), valid_interfaces: 'internal' },
    },
    serialSections(chart.cloud),
  );
}
