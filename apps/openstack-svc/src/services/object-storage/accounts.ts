import type { KubeObject } from '@keelson/api';
import { hasInternalTls, internalAuthority } from '../../cloud/internal-tls.js';
import { internalUrl, publicUrl } from '../../conventions/addresses.js';
import { publicPems } from '../../conventions/api/public-tls.js';
import { identityUser } from '../../conventions/credentials.js';
import type { Chart } from '../../render/chart.js';
import { secretObject } from '../../render/files.js';

/** How the gateway checks tokens: read by the storage in its own namespace. */
export function gatewayCredentials(chart: Chart): KubeObject[] {
  const { cloud } = chart;
  const { username, password } = cloud.secrets.user(identityUser('ceph-rgw'));
  const pems = publicPems(cloud);
  const inside = hasInternalTls(cloud) ? [internalAuthority(cloud)] : [];
  const authorities = [...new Set([pems['ca.crt'], ...inside])].filter((authority) => authority !== '');
  const secret = secretObject(chart, 'openstack-rgw-creds', {
    auth_url: internalUrl(cloud, 'keystone'),
    default_domain: 'service',
    interface: 'internal',
    username,
    password,
    project_name: 'service',
    project_domain_name: 'service',
    user_domain_name: 'service',
    region_name: cloud.spec.region_name,
    public_domain: cloud.spec.public_domain_name,
    barbican_url: publicUrl(cloud, 'barbican'),
    // Its public name is served with the certificate of all public endpoints; it trusts these, and Keystone inside.
    tls_crt: pems['tls.crt'],
    tls_key: pems['tls.key'],
    ca_cert: authorities.map((authority) => `${authority.trimEnd()}\n`).join(''),
  });
  return [{ ...secret, metadata: { ...secret.metadata, namespace: 'openstack-ceph-shared' } }];
}
