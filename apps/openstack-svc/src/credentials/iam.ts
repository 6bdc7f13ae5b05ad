import type { Secret } from '@keelson/api';
import type { Cloud } from '../cloud/cloud.js';
import { redirectUris } from '../conventions/federation.js';
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
