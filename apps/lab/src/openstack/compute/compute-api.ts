import type { SimulatedCloud } from '../cloud.js';
import type { Route } from '../exchange.js';
import { attachmentRoutes } from './attachments.js';
import { serviceRoutes } from './compute-services.js';
import { flavorRoutes } from './flavors.js';
import { hypervisorRoutes, zoneRoutes } from './hypervisors.js';
import { keyAndGroupRoutes } from './keys-and-groups.js';
import { quotaRoutes } from '../quotas.js';
import { consoleRoutes } from './server-actions.js';
import { instanceOf, serverRoutes } from './server-api.js';
import { serverMigrationRoutes } from './server-migrations.js';

/** nova, API v2.1 at microversions up to 2.96. */
export function computeRoutes(cloud: SimulatedCloud): readonly Route[] {
  return [
    ...serverRoutes(cloud),
    ...attachmentRoutes(cloud, (id) => instanceOf(cloud, id)),
    ...serverMigrationRoutes(cloud),
    ...serviceRoutes(cloud),
    ...hypervisorRoutes(cloud),
    ...zoneRoutes(cloud),
    ...flavorRoutes(cloud),
    ...keyAndGroupRoutes(cloud),
    ...quotaRoutes(cloud),
    ...consoleRoutes((id) => instanceOf(cloud, id)),
  ];
}
