import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const keyManagerProbe: ProbeDeclaration = {
  host: addresses.barbican.host,
  port: addresses.barbican.port,
  path: '/',
  accepts: [200, 300],
  checks: [{ name: 'secrets', type: 'key-manager', path: '/v1/secrets?limit=1', reads: 'answers' }],
};
