import { withParts } from '../parts/parts.js';
import { backup, restore } from './backup.js';
import { gracefulRestart } from './graceful-restart.js';
import { configuration } from './configuration.js';
import { databases } from './databases.js';
import type { OpenSdn, RenderedSdnService } from './opensdn.js';
import { precaching } from './precaching.js';
import { controlPlane } from './services.js';
import { tools } from './tools.js';
import { vRouter } from './vrouter.js';

/** OpenSDN, service by service in the order of applying. Pure. */
export function renderOpenSdn(sdn: OpenSdn): readonly RenderedSdnService[] {
  const restoring = restore(sdn);
  const services: readonly RenderedSdnService[] = [
    { service: 'database', objects: [...configuration(sdn), ...databases(sdn), ...backup(sdn)] },
    { service: 'config', objects: controlPlane(sdn, 'config') },
    { service: 'control', objects: [...controlPlane(sdn, 'control'), ...gracefulRestart(sdn)] },
    { service: 'analytics', objects: controlPlane(sdn, 'analytics') },
    { service: 'webUI', objects: controlPlane(sdn, 'webUI') },
    ...(restoring.length === 0 ? [] : [{ service: 'restore', objects: restoring } as const]),
    { service: 'vRouter', objects: vRouter(sdn) },
    { service: 'tools', objects: tools(sdn) },
  ];
  const pulled = precaching(
    sdn,
    services.flatMap(({ objects }) => objects),
  );
  const whole = withParts(sdn, services);
  return pulled.length === 0 ? whole : [{ service: 'images', objects: pulled }, ...whole];
}
