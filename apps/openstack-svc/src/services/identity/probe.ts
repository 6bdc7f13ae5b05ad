import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const identityProbe: ProbeDeclaration = {
  host: addresses.keystone.host,
  port: addresses.keystone.port,
  path: '/v3',
  accepts: [200],
  checks: [
    { name: 'services', type: 'identity', path: '/services', reads: 'answers' },
    { name: 'catalogue', type: 'identity', path: '/endpoints', reads: 'catalogue' },
  ],
};
