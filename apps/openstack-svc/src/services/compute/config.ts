import type { Cloud } from '../../cloud/cloud.js';
import { trusting } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import { addresses, internalUrl } from '../../conventions/addresses.js';
import { sharedCredentials } from '../../conventions/credentials.js';
import {
  authSection,
  cacheSection,
  commonSections,
  databaseSection,
  serviceUserSection,
} from '../../conventions/sections.js';
import { withoutProxy } from '../../conventions/api/tls-proxy.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import { type Chart, hasService, publicHost } from '../../render/chart.js';
import type { Ini, IniSection } from '../../render/ini.js';
import { serialSections } from './serial-console.js';
import { vncProxySections } from './vnc-tls.js';

export const metadataPort = 8775;
export const novncPort = 6080;
export const spicePort = 6082;

export interface ControlFiles {
  readonly service: ConfigFile;
  readonly apiUwsgi: ConfigFile;
  readonly metadataUwsgi: ConfigFile;
}

export function controlFiles(chart: Chart): ControlFiles {
  const { cloud } = chart;
  return {
    service: projectFile(
      chart,
      'nova',
      { path: '/etc/nova/nova.conf', values: ['nova'] },
      commonSections(chart, { project: 'nova', database: 'nova', messaging: true, api: true }),
      { api_database: databaseSection(cloud, 'nova', 'nova_api') },
      novaSections(chart),
      consoleSections(chart),
      serialSections(cloud),
      vncProxySections(chart),
      schedulerSections(chart),
    ),
    apiUwsgi: uwsgiFile(chart, {
      path: '/etc/nova/nova-api-uwsgi.ini',
      port: addresses.nova.port,
      program: '/usr/bin/nova-api-wsgi',
      threads: 1,
    }),
    metadataUwsgi: uwsgiFile(metadataChart(chart), {
      path: '/etc/nova/nova-metadata-uwsgi.ini',
      port: metadataPort,
      program: '/usr/bin/nova-metadata-wsgi',
      threads: 1,
    }),
  };
}

/** OpenSDN's agents ask for metadata by plain HTTP alone. */
export function metadataChart(chart: Chart): Chart {
  return chart.cloud.spec.features.neutron.backend === 'tungstenfabric' ? withoutProxy(chart) : chart;
}

/** Sections that every process of Nova has. */
export function novaSections(chart: Chart): Ini {
  const { cloud } = chart;
  const region = cloud.spec.region_name;
  const { cpu, disk, ram } = cloud.spec.features.nova.allocation_ratios ?? {};
  return {
    DEFAULT: {
      state_path: '/var/lib/nova',
      compute_driver: 'libvirt.LibvirtDriver',
      enabled_apis: ['osapi_compute', 'metadata'],
      instance_usage_audit: false,
      reserved_host_memory_mb: 512,
      vif_plugging_timeout: 300,
      vif_plugging_is_fatal: true,
      allow_resize_to_same_host: true,
      cpu_allocation_ratio: cpu,
      disk_allocation_ratio: disk,
      ram_allocation_ratio: ram,
      metadata_workers: 1,
      osapi_compute_workers: 1,
    },
    cache: cacheSection(cloud),
    conductor: { workers: cloud.spec.size === 'single' ? 1 : 4 },
    glance: {
      region_name: region,
      valid_interfaces: 'internal',
      ...trusting(cloud, 'cafile'),
      ...signatureOptions(cloud),
    },
    cinder: hasService(cloud, 'block-storage')
      ? { ...authSection(cloud, 'nova'), os_region_name: region, catalog_info: 'volumev3::internalURL' }
      : {},
    placement: { ...authSection(cloud, 'placement'), valid_interfaces: 'internal' },
    neutron: {
      ...authSection(cloud, 'neutron'),
      valid_interfaces: 'internal',
      service_metadata_proxy: true,
      metadata_proxy_shared_secret: cloud.secrets.key(sharedCredentials.metadataSecret),
    },
    keystone: { ...authSection(cloud, 'nova'), valid_interfaces: 'internal' },
    service_user: serviceUserSection(cloud, 'nova'),
    barbican: hasService(cloud, 'key-manager')
      ? {
          auth_endpoint: `${internalUrl(cloud, 'keystone')}/v3`,
          barbican_endpoint_type: 'internal',
          ...trusting(cloud, 'verify_ssl_path'),
        }
      : {},
    key_manager: hasService(cloud, 'key-manager') ? { backend: 'barbican' } : {},
  };
}

/**
 * Whether images are checked when servers are made of them. The certificates that are trusted for all are an operator's
 * (`default_trusted_certificate_ids`, by their ids in Barbican); those of one server are named by who makes it.
 */
function signatureOptions({ spec }: Cloud): IniSection {
  const { enabled, certificate_validation } = spec.features.glance.signature;
  return enabled ? { verify_glance_signatures: true, enable_certificate_validation: certificate_validation } : {};
}

/** Where users find the consoles of their servers. */
export function consoleSections(chart: Chart): Ini {
  const { novnc, spice } = chart.cloud.spec.features.nova.console;
  const novncUrl = `https://${publicHost(chart.cloud, 'novncproxy')}/vnc_auto.html`;
  const spiceUrl = `https://${publicHost(chart.cloud, 'spiceproxy')}/spice_auto.html`;
  return {
    DEFAULT: { web: '/usr/share/novnc' },
    vnc: novnc.enabled
      ? { enabled: true, novncproxy_host: '0.0.0.0', novncproxy_port: novncPort, novncproxy_base_url: novncUrl }
      : { enabled: false },
    spice: spice.enabled
      ? { enabled: true, html5proxy_host: '0.0.0.0', html5proxy_port: spicePort, html5proxy_base_url: spiceUrl }
      : { enabled: false },
  };
}

function schedulerSections(chart: Chart): Ini {
  return {
    scheduler: {
      workers: chart.cloud.spec.size === 'single' ? 1 : 2,
      discover_hosts_in_cells_interval: 300,
      query_placement_for_image_type_support: true,
      limit_tenants_to_placement_aggregate: true,
      placement_aggregate_required_for_tenants: false,
    },
    filter_scheduler: {
      enabled_filters: [
        'ComputeFilter',
        'ComputeCapabilitiesFilter',
        'ImagePropertiesFilter',
        'ServerGroupAntiAffinityFilter',
        'ServerGroupAffinityFilter',
        'NUMATopologyFilter',
        'PciPassthroughFilter',
        'AggregateInstanceExtraSpecsFilter',
      ],
    },
    upgrade_levels: { compute: 'auto' },
    wsgi: { api_paste_config: '/etc/nova/api-paste.ini' },
  };
}
