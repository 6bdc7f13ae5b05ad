import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const networkingProbe: ProbeDeclaration = {
  host: addresses.neutron.host,
  port: addresses.neutron.port,
  path: '/',
  accepts: [200],
  checks: [{ name: 'agents', type: 'network', path: '/v2.0/agents', reads: 'agents' }],
};
