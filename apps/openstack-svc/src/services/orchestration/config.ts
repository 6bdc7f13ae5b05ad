import { trusting } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import { addresses, internalUrl, publicUrl } from '../../conventions/addresses.js';
import { identityUser } from '../../conventions/credentials.js';
import { cacheSection, commonSections } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import type { Chart } from '../../render/chart.js';
import type { Ini } from '../../render/ini.js';

export function orchestrationFiles(chart: Chart): { service: ConfigFile; apiUwsgi: ConfigFile; cfnUwsgi: ConfigFile } {
  const uwsgi = (name: string, port: number): ConfigFile =>
    uwsgiFile(chart, {
      path: `/etc/heat/heat-${name}-uwsgi.ini`,
      port,
      program: `/usr/bin/heat-wsgi-${name}`,
      threads: 8,
    });
  return {
    service: projectFile(
      chart,
      'heat',
      { path: '/etc/heat/heat.conf', values: ['heat'] },
      commonSections(chart, { project: 'heat', database: 'heat', messaging: true, api: true }),
      heatSections(chart),
    ),
    apiUwsgi: uwsgi('api', addresses.heat.port),
    cfnUwsgi: uwsgi('api-cfn', addresses['heat-cfn'].port),
  };
}

function heatSections(chart: Chart): Ini {
  const { cloud } = chart;
  const { secrets, spec } = cloud;
  const domainAdmin = secrets.user('heat-domain-admin');
  const trustee = secrets.user(identityUser('heat'));
  const cfn = publicUrl(cloud, 'heat-cfn');
  return {
    DEFAULT: {
      // Guests call these, so they are the public ones.
      heat_metadata_server_url: cfn,
      heat_waitcondition_server_url: `${cfn}/v1/waitcondition`,
      stack_domain_admin: domainAdmin.username,
      stack_domain_admin_password: domainAdmin.password,
      stack_user_domain_name: 'heat',
      num_engine_workers: spec.size === 'single' ? 1 : 4,
      auth_encryption_key: secrets.key('heat-auth-encryption'),
      region_name_for_services: spec.region_name,
      server_keystone_endpoint_type: 'public',
    },
    trustee: {
      auth_type: 'password',
      auth_url: internalUrl(cloud, 'keystone'),
      username: trustee.username,
      password: trustee.password,
      user_domain_name: 'service',
      ...trusting(cloud, 'cafile'),
    },
    clients: { endpoint_type: 'internalURL', ...trusting(cloud, 'ca_file') },
    clients_keystone: { auth_uri: internalUrl(cloud, 'keystone') },
    cache: cacheSection(cloud),
  };
}
