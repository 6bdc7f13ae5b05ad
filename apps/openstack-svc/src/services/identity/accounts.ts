import type { KubeObject } from '@keelson/api';
import type { Cloud, CredentialNeed } from '../../cloud/cloud.js';
import { internalUrl } from '../../conventions/addresses.js';
import { keystoneAdmin, projectCredentials, sharedCredentials } from '../../conventions/credentials.js';
import type { Chart } from '../../render/chart.js';
import { secretsOf, yamlFile } from '../../render/files.js';

export function identityCredentials({ spec }: Pick<Cloud, 'spec'>): readonly CredentialNeed[] {
  const keys = ['fernet', 'credential'].flatMap((sort) =>
    [0, 1].map((index): CredentialNeed => ({
      sort: 'key',
      name: `keystone-${sort}-${index}`,
      encoding: 'base64url',
      length: 32,
    })),
  );
  const monitoring = spec.features.stacklight.enabled ? projectCredentials('stacklight', 'identity') : [];
  const { federation, keycloak } = spec.features.keystone;
  const passphrase: CredentialNeed = { sort: 'key', name: 'keystone-oidc-passphrase', encoding: 'text', length: 32 };
  const sessions = keycloak.enabled || federation.openid.enabled ? [passphrase] : [];
  return [
    keystoneAdmin,
    ...projectCredentials('keystone', 'database', 'messaging'),
    ...monitoring,
    ...sessions,
    ...keys,
  ];
}

/** clouds.yaml for whoever works inside the cluster: the clouds `admin` (project scope) and `admin-system`. */
export function clusterClouds(chart: Chart): readonly KubeObject[] {
  const { secrets, spec } = chart.cloud;
  const { username, password } = secrets.user(sharedCredentials.keystoneAdmin);
  const auth = {
    auth_url: `${internalUrl(chart.cloud, 'keystone')}/v3`,
    username,
    password,
    user_domain_name: 'Default',
  };
  const rest = { region_name: spec.region_name, identity_api_version: 3, interface: 'internal' };
  const file = yamlFile(
    chart,
    { secret: 'keystone-os-clouds', path: '/etc/openstack/clouds.yaml' },
    {
      clouds: {
        admin: { auth: { ...auth, project_name: 'admin', project_domain_name: 'Default' }, ...rest },
        'admin-system': { auth: { ...auth, system_scope: 'all' }, ...rest },
      },
    },
  );
  return secretsOf(chart, [file]);
}
