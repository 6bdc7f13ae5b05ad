import type { Secret } from '@keelson/api';
import type { Cloud } from '../cloud/cloud.js';
import { publicUrl } from '../conventions/addresses.js';
import { publicHost } from '../render/chart.js';
import { secretFor } from './secret-of.js';

export const iamSecretName = 'openstack-iam-shared';

/** What the management cluster's IAM is to let in: the client, and where it may send people back to. */
export function iamSecret(cloud: Cloud): Secret {
  const { oidc } = cloud.spec.features.keystone.keycloak;
  const client = {
    clientId: oidc.OIDCClientID,
    redirectUris: [...redirectUris(cloud), `https://${publicHost(cloud, 'horizon')}/*`],
  };
  return secretFor({
    namespace: cloud.namespace,
    name: iamSecretName,
    labels: { 'kaas.mirantis.com/openstack-iam-shared': 'True' },
    text: { client: JSON.stringify(client) },
  });
}

/** Where Keycloak sends a browser back to: what the spec says, else keystone's own address of single sign-on. */
export function redirectUris(cloud: Cloud): readonly string[] {
  const { OIDCRedirectURI: given = [] } = cloud.spec.features.keystone.keycloak.oidc;
  if (given.length > 0) return given;
  return [`${publicUrl(cloud, 'keystone')}/v3/auth/OS-FEDERATION/identity_providers/keycloak/protocols/mapped/websso/`];
}
