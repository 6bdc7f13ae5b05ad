import type { ProbeDeclaration } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';

/** The root knows neither keystone nor the database; the list of providers needs both. */
export const placementProbe: ProbeDeclaration = {
  host: addresses.placement.host,
  port: addresses.placement.port,
  path: '/',
  accepts: [200],
  checks: [{ name: 'resource providers', type: 'placement', path: '/resource_providers', reads: 'answers' }],
};
