import { backup } from './backup.js';
import { configuration } from './configuration.js';
import { databases } from './databases.js';
import type { OpenSdn, RenderedSdnService } from './opensdn.js';
import { analytics, config, control, webUI } from './services.js';
import { vRouter } from './vrouter.js';

/** OpenSDN, service by service in the order of applying. Pure. */
export function renderOpenSdn(sdn: OpenSdn): readonly RenderedSdnService[] {
  return [
    { service: 'database', objects: [...configuration(sdn), ...databases(sdn), ...backup(sdn)] },
    { service: 'config', objects: config(sdn) },
    { service: 'control', objects: control(sdn) },
    { service: 'analytics', objects: analytics(sdn) },
    { service: 'webUI', objects: webUI(sdn) },
    { service: 'vRouter', objects: vRouter(sdn) },
  ];
}
