import type { ConfigFile } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';
import { authSection, commonSections, coordinationUrl } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import type { Chart } from '../../render/chart.js';
import type { Ini } from '../../render/ini.js';

/** @param defaultType the share type of who names none */
export function sharedFileSystemFiles(
  chart: Chart,
  defaultType: string | undefined,
): { service: ConfigFile; uwsgi: ConfigFile } {
  return {
    service: projectFile(
      chart,
      'manila',
      { path: '/etc/manila/manila.conf', values: ['manila'] },
      manilaSections(chart),
      { DEFAULT: { default_share_type: defaultType } },
    ),
    uwsgi: uwsgiFile(chart, {
      path: '/etc/manila/manila-uwsgi.ini',
      port: addresses.manila.port,
      program: '/usr/bin/manila-wsgi',
      threads: 1,
    }),
  };
}

/** Sections that every process of Manila has. */
export function manilaSections(chart: Chart): Ini {
  const { cloud } = chart;
  const common = commonSections(chart, { project: 'manila', database: 'manila', messaging: true, api: true });
  return {
    ...common,
    DEFAULT: {
      ...common['DEFAULT'],
      state_path: '/var/lib/manila',
      auth_strategy: 'keystone',
      osapi_share_workers: 1,
      api_paste_config: '/etc/manila/api-paste.ini',
      rootwrap_config: '/etc/manila/rootwrap.conf',
      share_name_template: 'share-%s',
      enabled_share_protocols: ['NFS', 'CIFS', 'CEPHFS'],
    },
    coordination: { backend_url: coordinationUrl(cloud) },
    neutron: { ...authSection(cloud, 'neutron'), endpoint_type: 'internal' },
    nova: { ...authSection(cloud, 'nova'), endpoint_type: 'internal' },
    cinder: { ...authSection(cloud, 'cinder'), endpoint_type: 'internal' },
    glance: { ...authSection(cloud, 'glance'), endpoint_type: 'internal' },
  };
}
