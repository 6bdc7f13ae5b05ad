import type { Cloud, CredentialNeed } from './cloud.js';

/** Where every container finds the authority of the cloud's own APIs. */
export const authorityPath = '/etc/ssl/openstack/internal-ca.crt';

const authorityName = 'internal-authority';
const proxyName = 'tls-proxy';

/** True while APIs answer by TLS inside the cluster too. */
export function hasInternalTls({ spec }: Pick<Cloud, 'spec'>): boolean {
  return spec.features.ssl.tls_proxy.enabled;
}

/**
 * An authority of the cloud's own, and a certificate of it for all names of its Services. The certificate is made anew each
 * year; the authority stays, so that whoever trusts it need not be told.
 */
export function internalTlsCredentials({
  namespace,
  spec,
}: Pick<Cloud, 'namespace' | 'spec'>): readonly CredentialNeed[] {
  if (!hasInternalTls({ spec })) return [];
  const commonName = `*.${namespace}.svc.${spec.internal_domain_name}`;
  return [
    { sort: 'certificate', name: authorityName, commonName: 'openstack-internal', dnsNames: [], isAuthority: true },
    {
      sort: 'certificate',
      name: proxyName,
      commonName,
      dnsNames: [commonName, `*.${namespace}.svc`],
      issuer: authorityName,
      renewed: true,
    },
  ];
}

/** PEM of the authority. */
export function internalAuthority({ secrets }: Pick<Cloud, 'secrets'>): string {
  return secrets.certificate(authorityName).certificate;
}

/** What a proxy in front of an API shows. */
export function proxyCertificate({ secrets }: Pick<Cloud, 'secrets'>): { certificate: string; key: string } {
  return secrets.certificate(proxyName);
}

/** An option that names the authority, under the name that its reader knows; nothing while there is none to trust. */
export function trusting(cloud: Pick<Cloud, 'spec'>, option: string): Readonly<Record<string, string>> {
  return hasInternalTls(cloud) ? { [option]: authorityPath } : {};
}
