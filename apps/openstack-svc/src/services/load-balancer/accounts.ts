import type { Cloud, CredentialNeed } from '../../cloud/cloud.js';
import { projectCredentials } from '../../conventions/credentials.js';

/** Two authorities: of amphorae as servers, and of the controllers as their clients. */
export function loadBalancerCredentials({ spec }: Pick<Cloud, 'spec'>): readonly CredentialNeed[] {
  const usesRedis = spec.features.services.includes('redis');
  return [
    ...projectCredentials('octavia', 'database', 'messaging', 'identity'),
    { sort: 'key', name: 'octavia-heartbeat', encoding: 'text', length: 32 },
    { sort: 'key', name: 'octavia-certificate-passphrase', encoding: 'text', length: 32 },
    { sort: 'certificate', name: 'octavia-amphora-ca', commonName: 'octavia-amphora', dnsNames: [], isAuthority: true },
    {
      sort: 'certificate',
      name: 'octavia-controller',
      commonName: 'octavia-controller',
      dnsNames: ['octavia-controller'],
    },
    ...(usesRedis
      ? [{ sort: 'key', name: 'redis-password', encoding: 'text', length: 32 } satisfies CredentialNeed]
      : []),
  ];
}
