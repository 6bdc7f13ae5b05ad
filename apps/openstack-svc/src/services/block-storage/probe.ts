import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const blockStorageProbe: ProbeDeclaration = {
  host: addresses.cinder.host,
  port: addresses.cinder.port,
  path: '/',
  accepts: [200, 300],
  checks: [
    {
      name: 'services',
      type: 'volumev3',
      path: '/os-services',
      reads: 'services',
      servesBackends: 'cinder-volume',
    },
  ],
};
