import { trusting } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import { addresses, internalUrl } from '../../conventions/addresses.js';
import { authSection, commonSections, coordinationUrl, serviceUserSection } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import { type Chart, hasService } from '../../render/chart.js';
import type { Ini } from '../../render/ini.js';
import { defaultVolumeType } from './backends.js';

export interface BlockStorageFiles {
  readonly service: ConfigFile;
  readonly uwsgi: ConfigFile;
}

export function blockStorageFiles(chart: Chart): BlockStorageFiles {
  return {
    service: projectFile(
      chart,
      'cinder',
      { path: '/etc/cinder/cinder.conf', values: ['cinder'] },
      cinderSections(chart),
    ),
    uwsgi: uwsgiFile(chart, {
      path: '/etc/cinder/cinder-uwsgi.ini',
      port: addresses.cinder.port,
      program: '/usr/bin/cinder-wsgi',
      threads: 1,
    }),
  };
}

/** Sections that every process of Cinder has. */
export function cinderSections(chart: Chart): Ini {
  const { cloud } = chart;
  const common = commonSections(chart, { project: 'cinder', database: 'cinder', messaging: true, api: true });
  return {
    ...common,
    DEFAULT: {
      ...common['DEFAULT'],
      state_path: '/var/lib/cinder',
      auth_strategy: 'keystone',
      glance_api_servers: internalUrl(cloud, 'glance'),
      ...trusting(cloud, 'glance_ca_certificates_file'),
      default_volume_type: defaultVolumeType(chart),
      osapi_volume_workers: 1,
      api_paste_config: '/etc/cinder/api-paste.ini',
      rootwrap_config: '/etc/cinder/rootwrap.conf',
      enable_force_upload: true,
      use_multipath_for_image_xfer: false,
    },
    nova: { ...authSection(cloud, 'nova'), interface: 'internal' },
    service_user: serviceUserSection(cloud, 'cinder'),
    coordination: { backend_url: coordinationUrl(cloud) },
    key_manager: hasService(cloud, 'key-manager') ? { backend: 'barbican' } : {},
    barbican: hasService(cloud, 'key-manager')
      ? {
          auth_endpoint: `${internalUrl(cloud, 'keystone')}/v3`,
          barbican_endpoint_type: 'internal',
          ...trusting(cloud, 'verify_ssl_path'),
        }
      : {},
  };
}
