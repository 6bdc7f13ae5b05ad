import { backup } from './backup.js';
import { configuration } from './configuration.js';
import { databases } from './databases.js';
import type { OpenSdn, RenderedSdnService } from './opensdn.js';
import { controlPlane } from './services.js';
import { vRouter } from './vrouter.js';

/** OpenSDN, service by service in the order of applying. Pure. */
export function renderOpenSdn(sdn: OpenSdn): readonly RenderedSdnService[] {
  return [
    { service: 'database', objects: [...configuration(sdn), ...databases(sdn), ...backup(sdn)] },
    { service: 'config', objects: controlPlane(sdn, 'config') },
    { service: 'control', objects: controlPlane(sdn, 'control') },
    { service: 'analytics', objects: controlPlane(sdn, 'analytics') },
    { service: 'webUI', objects: controlPlane(sdn, 'webUI') },
    { service: 'vRouter', objects: vRouter(sdn) },
  ];
}
