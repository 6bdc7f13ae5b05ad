import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const computeProbe: ProbeDeclaration = {
  host: addresses.nova.host,
  port: addresses.nova.port,
  path: '/',
  accepts: [200],
  checks: [
    { name: 'services', type: 'compute', path: '/os-services', reads: 'services' },
    { name: 'hypervisors', type: 'compute', path: '/os-hypervisors/detail', reads: 'hypervisors' },
  ],
};
