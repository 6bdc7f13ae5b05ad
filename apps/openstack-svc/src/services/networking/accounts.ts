import { ipsecKey } from './agents/ipsec.js';
import type { Cloud, CredentialNeed } from '../../cloud/cloud.js';
import { keystoneAdmin, metadataSecret, projectCredentials } from '../../conventions/credentials.js';

export function networkingCredentials({ spec }: Pick<Cloud, 'spec'>): readonly CredentialNeed[] {
  return [
    ...projectCredentials('neutron', 'database', 'messaging', 'identity'),
    ...projectCredentials('nova', 'identity'),
    ...(spec.features.services.includes('dns') ? projectCredentials('designate', 'identity') : []),
    metadataSecret,
    ...(spec.features.neutron.ipsec.enabled ? [ipsecKey] : []),
    keystoneAdmin,
  ];
}
