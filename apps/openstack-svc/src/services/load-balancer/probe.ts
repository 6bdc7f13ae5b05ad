import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const loadBalancerProbe: ProbeDeclaration = {
  host: addresses.octavia.host,
  port: addresses.octavia.port,
  path: '/',
  accepts: [200],
  checks: [{ name: 'providers', type: 'load-balancer', path: '/v2.0/lbaas/providers', reads: 'answers' }],
};
