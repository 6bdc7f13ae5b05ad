import type { KubeObject } from '@keelson/api';
import type { CredentialNeed } from '../../cloud/cloud.js';
import { internalUrl, publicUrl } from '../../conventions/addresses.js';
import { keystoneAdmin, projectCredentials, sharedCredentials } from '../../conventions/credentials.js';
import type { Chart } from '../../render/chart.js';
import { secretsOf, yamlFile } from '../../render/files.js';

export function identityCredentials(): readonly CredentialNeed[] {
  const keys = ['fernet', 'credential'].flatMap((sort) =>
    [0, 1].map((index): CredentialNeed => ({
      sort: 'key',
      name: `keystone-${sort}-${index}`,
      encoding: 'base64url',
      length: 32,
    })),
  );
  return [keystoneAdmin, ...projectCredentials('keystone', 'database', 'messaging'), ...keys];
}

/** clouds.yaml for operators: the clouds `admin` (project scope) and `admin-system`. */
export function operatorClouds(chart: Chart): readonly KubeObject[] {
  const { secrets, spec } = chart.cloud;
  const { username, password } = secrets.user(sharedCredentials.keystoneAdmin);
  const user = { username, password, user_domain_name: 'Default' };
  const rest = { region_name: spec.region_name, identity_api_version: 3 };
  const inside = { ...rest, interface: 'internal', endpoint_type: 'internal' };
  const project = { project_name: 'admin', project_domain_name: 'Default' };
  const external = { auth_url: `${publicUrl(chart.cloud, 'keystone')}/v3`, ...user };
  const internal = { auth_url: `${internalUrl(chart.cloud, 'keystone')}/v3`, ...user };
  const outside = yamlFile(
    chart,
    { secret: 'openstack-identity-credentials', path: '/etc/openstack/clouds.yaml' },
    {
      clouds: {
        admin: { auth: { ...external, ...project }, ...rest },
        'admin-system': { auth: { ...external, system_scope: 'all' }, ...rest },
      },
    },
  );
  const within = yamlFile(
    chart,
    { secret: 'keystone-os-clouds', path: '/etc/openstack/clouds.yaml' },
    {
      clouds: {
        admin: { auth: { ...internal, ...project }, ...inside },
        'admin-system': { auth: { ...internal, system_scope: 'all' }, ...inside },
      },
    },
  );
  const shared = secretsOf(chart, [outside]).map((secret) => ({
    ...secret,
    metadata: { ...secret.metadata, namespace: 'openstack-external' },
  }));
  return [...shared, ...secretsOf(chart, [within])];
}
