import { trusting } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import { addresses, internalUrl } from '../../conventions/addresses.js';
import { identityUser } from '../../conventions/credentials.js';
import { authSection, commonSections } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import type { Chart } from '../../render/chart.js';
import { iniFile } from '../../render/files.js';
import type { Ini } from '../../render/ini.js';
import { valueAt } from '../../render/json.js';

export function instanceHaFiles(chart: Chart): { service: ConfigFile; uwsgi: ConfigFile } {
  return {
    service: projectFile(
      chart,
      'masakari',
      { path: '/etc/masakari/masakari.conf', values: ['masakari'] },
      commonSections(chart, { project: 'masakari', database: 'masakari', messaging: true, api: true }),
      masakariSections(chart),
    ),
    uwsgi: uwsgiFile(chart, {
      path: '/etc/masakari/masakari-uwsgi.ini',
      port: addresses.masakari.port,
      program: '/usr/bin/masakari-wsgi',
      threads: 1,
    }),
  };
}

function masakariSections(chart: Chart): Ini {
  const { cloud } = chart;
  const { username, password } = cloud.secrets.user(identityUser('masakari'));
  return {
    DEFAULT: {
      auth_strategy: 'keystone',
      os_privileged_user_name: username,
      os_privileged_user_password: password,
      os_privileged_user_tenant: 'service',
      os_privileged_user_auth_url: `${internalUrl(cloud, 'keystone')}/v3`,
      os_user_domain_name: 'service',
      os_project_domain_name: 'service',
      nova_catalog_admin_info: 'compute:nova:internalURL',
      ...trusting(cloud, 'nova_ca_certificates_file'),
      api_paste_config: '/etc/masakari/api-paste.ini',
    },
    host_failure: { evacuate_all_instances: true },
  };
}

/** masakarimonitors.conf of the agents on computes. */
export function monitorsFile(chart: Chart): ConfigFile {
  const auth = authSection(chart.cloud, 'masakari');
  const setting = (name: string, otherwise: number): number => {
    const value = valueAt(chart.cloud.spec.features.masakari, ['monitors', 'introspective', name]);
    return typeof value === 'number' ? value : otherwise;
  };
  return iniFile(
    chart,
    {
      secret: 'masakari-monitors-etc',
      path: '/etc/masakarimonitors/masakarimonitors.conf',
      values: ['masakarimonitors'],
    },
    {
      api: {
        auth_url: auth['auth_url'],
        auth_type: 'password',
        username: auth['username'],
        password: auth['password'],
        project_name: 'service',
        project_domain_name: 'service',
        user_domain_name: 'service',
        region: chart.cloud.spec.region_name,
        api_interface: 'internal',
        ...trusting(chart.cloud, 'cafile'),
      },
      libvirt: { connection_uri: 'qemu:///system' },
      introspectiveinstancemonitor: {
        guest_monitoring_interval: setting('guest_monitoring_interval', 10),
        guest_monitoring_timeout: setting('guest_monitoring_timeout', 2),
        guest_monitoring_failure_threshold: setting('guest_monitoring_failure_threshold', 3),
      },
    },
  );
}

/** True when agents look into guests as well. */
export function looksIntoGuests(chart: Chart): boolean {
  return valueAt(chart.cloud.spec.features.masakari, ['monitors', 'introspective', 'enabled']) === true;
}
