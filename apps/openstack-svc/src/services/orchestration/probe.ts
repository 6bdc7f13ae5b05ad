import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const orchestrationProbe: ProbeDeclaration = {
  host: addresses.heat.host,
  port: addresses.heat.port,
  path: '/',
  accepts: [200, 300],
  checks: [{ name: 'engines', type: 'orchestration', path: '/services', reads: 'services' }],
};
