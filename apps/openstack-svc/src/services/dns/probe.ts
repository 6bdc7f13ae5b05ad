import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

export const dnsProbe: ProbeDeclaration = {
  host: addresses.designate.host,
  port: addresses.designate.port,
  path: '/',
  accepts: [200],
  checks: [{ name: 'service statuses', type: 'dns', path: '/v2/service_statuses', reads: 'statuses' }],
};
