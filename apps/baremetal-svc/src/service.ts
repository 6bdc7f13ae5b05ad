import type { ServiceDefinition } from '@keelson/service';
import { type BaremetalConfig, baremetalConfig } from './config.js';
import { baremetalReconcilers } from './reconcilers.js';

/** Servers, their operating system and their networks. */
export const baremetalService: ServiceDefinition<BaremetalConfig> = {
  name: 'baremetal-svc',
  config: baremetalConfig,
  create: (context) => ({ reconcilers: baremetalReconcilers(context), routes: [] }),
};
