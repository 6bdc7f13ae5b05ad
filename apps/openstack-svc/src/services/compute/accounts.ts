import type { Cloud, CredentialNeed } from '../../cloud/cloud.js';
import { metadataSecret, projectCredentials } from '../../conventions/credentials.js';
import { vncCredentials } from './vnc-tls.js';

export function computeCredentials({ spec }: Pick<Cloud, 'spec'>): readonly CredentialNeed[] {
  const tls: CredentialNeed = {
    sort: 'certificate',
    name: 'libvirt-tls',
    commonName: 'libvirt',
    dnsNames: ['libvirt', '*.compute'],
  };
  const neutron = projectCredentials('neutron', 'identity');
  return [
    ...projectCredentials('nova', 'database', 'messaging', 'identity'),
    ...projectCredentials('placement', 'identity'),
    ...neutron,
    metadataSecret,
    ...(spec.features.nova.libvirt.tls.enabled ? [tls] : []),
    ...vncCredentials({ spec }),
  ];
}
