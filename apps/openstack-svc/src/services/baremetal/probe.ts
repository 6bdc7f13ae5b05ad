import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const baremetalProbe: ProbeDeclaration = {
  host: addresses.ironic.host,
  port: addresses.ironic.port,
  path: '/',
  accepts: [200],
  checks: [{ name: 'conductors', type: 'baremetal', path: '/v1/conductors', reads: 'agents' }],
};
