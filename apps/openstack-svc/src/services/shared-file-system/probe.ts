import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const sharedFileSystemProbe: ProbeDeclaration = {
  host: addresses.manila.host,
  port: addresses.manila.port,
  path: '/',
  accepts: [200, 300],
  checks: [{ name: 'services', type: 'sharev2', path: '/services', reads: 'services', servesBackends: 'manila-share' }],
};
