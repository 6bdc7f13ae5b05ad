import type { OpenStackDeploymentSpec, Secret } from '@keelson/api';
import { dump } from 'js-yaml';
import type { Credential } from '../cloud/cloud.js';
import { administratorProject } from '../conventions/credentials.js';
import { identityCredentials, namespaces } from '../names.js';
import { secretFor } from './secret-of.js';

/** The Secret with `clouds.yaml`: the administrator of the project, and of the whole system, through public endpoints. */
export function externalSecret(spec: OpenStackDeploymentSpec, { username, password }: Credential): Secret {
  const region = spec.region_name ?? 'RegionOne';
  const project = administratorProject(spec);
  const common = {
    auth: {
      auth_url: `https://keystone.${spec.public_domain_name}/`,
      username,
      password,
      user_domain_name: 'Default',
    },
    endpoint_type: 'public',
    identity_api_version: 3,
    interface: 'public',
    region_name: region,
  };
  const clouds = {
    admin: { ...common, auth: { ...common.auth, project_name: project, project_domain_name: 'Default' } },
    'admin-system': { ...common, auth: { ...common.auth, system_scope: 'all' } },
  };
  return secretFor({
    namespace: namespaces.external,
    name: identityCredentials,
    text: { 'clouds.yaml': dump({ clouds }, { lineWidth: -1 }) },
  });
}
