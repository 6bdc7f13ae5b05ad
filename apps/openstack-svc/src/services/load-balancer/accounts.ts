import type { Cloud, CredentialNeed } from '../../cloud/cloud.js';
import type { MergedSpec } from '../../cloud/spec.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { amphoraAuthority, controllerCertificate } from './authorities.js';

/** Where there are amphorae, two authorities: of amphorae as servers, and of the controllers as their clients. */
export function loadBalancerCredentials({ spec }: Pick<Cloud, 'spec'>): readonly CredentialNeed[] {
  const usesRedis = spec.features.services.includes('redis');
  return [
    ...projectCredentials('octavia', 'database', 'messaging', 'identity'),
    ...(hasAmphorae(spec) ? amphoraCredentials : []),
    ...(usesRedis
      ? [{ sort: 'key', name: 'redis-password', encoding: 'text', length: 32 } satisfies CredentialNeed]
      : []),
  ];
}

const amphoraCredentials: readonly CredentialNeed[] = [
  { sort: 'key', name: 'octavia-heartbeat', encoding: 'text', length: 32 },
  { sort: 'key', name: 'octavia-certificate-passphrase', encoding: 'text', length: 32 },
  amphoraAuthority,
  controllerCertificate,
];

/** True unless OpenSDN balances by itself. */
export function hasAmphorae({ features }: Pick<MergedSpec, 'features'>): boolean {
  return features.neutron.backend !== 'tungstenfabric';
}
