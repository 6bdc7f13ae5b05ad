import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const imageProbe: ProbeDeclaration = {
  host: addresses.glance.host,
  port: addresses.glance.port,
  path: '/versions',
  accepts: [200, 300],
  checks: [{ name: 'images', type: 'image', path: '/v2/images?limit=1', reads: 'answers' }],
};
