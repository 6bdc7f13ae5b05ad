import type { ServiceDefinition } from '@keelson/service';
import { type BaremetalConfig, baremetalConfig } from './config.js';
import { hostRoutes } from './host/host.handlers.js';
import { baremetalReconcilers } from './reconcilers.js';

/** Servers, their operating system and their networks. */
export const baremetalService: ServiceDefinition<BaremetalConfig> = {
  name: 'baremetal-svc',
  config: baremetalConfig,
  create: (context) => ({
    reconcilers: baremetalReconcilers(context),
    routes: hostRoutes({ api: context.api, http: context.http, url: context.config.url }),
  }),
};
