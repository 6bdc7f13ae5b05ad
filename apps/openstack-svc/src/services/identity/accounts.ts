import type { KubeObject } from '@keelson/api';
import { entranceSecretName } from '@keelson/mosk';
import { dump } from 'js-yaml';
import type { Cloud, CredentialNeed } from '../../cloud/cloud.js';
import { hasInternalTls, internalAuthority } from '../../cloud/internal-tls.js';
import { internalUrl } from '../../conventions/addresses.js';
import {
  administratorProject,
  keystoneAdmin,
  projectCredentials,
  sharedCredentials,
} from '../../conventions/credentials.js';
import { sdnExchangeLabel } from '../../names.js';
import type { Chart } from '../../render/chart.js';
import { secretObject } from '../../render/files.js';

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

/** How the cloud is entered inside the cluster: clouds.yaml with `admin` (project scope) and `admin-system`, to be mounted at /etc/openstack. */
export function clusterClouds(chart: Chart): readonly KubeObject[] {
  const { secrets, spec } = chart.cloud;
  const { username, password } = secrets.user(sharedCredentials.keystoneAdmin);
  const project = administratorProject(spec);
  const auth = {
    auth_url: `${internalUrl(chart.cloud, 'keystone')}/v3`,
    username,
    password,
    user_domain_name: 'Default',
  };
  const rest = {
    region_name: spec.region_name,
    identity_api_version: 3,
    interface: 'internal',
    ...(hasInternalTls(chart.cloud) ? { cacert: '/etc/openstack/ca.crt' } : {}),
  };
  const clouds = {
    admin: { auth: { ...auth, project_name: project, project_domain_name: 'Default' }, ...rest },
    'admin-system': { auth: { ...auth, system_scope: 'all' }, ...rest },
  };
  const isTls = hasInternalTls(chart.cloud);
  const { metadata, ...secret } = secretObject(chart, entranceSecretName, {
    'clouds.yaml': dump({ clouds }, { lineWidth: 120, noRefs: true }),
    auth_url: auth.auth_url,
    project_name: project,
    ...(isTls ? { 'ca.crt': internalAuthority(chart.cloud) } : {}),
  });
  // sdn-svc reads it too.
  return [
    { ...secret, metadata: { ...metadata, labels: { ...metadata.labels, [sdnExchangeLabel]: 'from-openstack' } } },
  ];
}
