import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const instanceHaProbe: ProbeDeclaration = {
  host: addresses.masakari.host,
  port: addresses.masakari.port,
  path: '/',
  accepts: [200, 300],
  checks: [{ name: 'segments', type: 'instance-ha', path: '/segments', reads: 'answers' }],
};
