import type { Subscription } from '@keelson/bus';
import type { ServiceDefinition } from '@keelson/service';
import { bmcDirectory } from './bmc/bmcs.js';
import { type BaremetalConfig, baremetalConfig } from './config.js';
import { hostRoutes } from './host/host.handlers.js';
import { answerPower } from './host/host.witness.js';
import { baremetalReconcilers } from './reconcilers.js';

/** Servers, their operating system and their networks. */
export const baremetalService: ServiceDefinition<BaremetalConfig> = {
  name: 'baremetal-svc',
  config: baremetalConfig,
  create(context) {
    const bmcs = bmcDirectory(context);
    let subscription: Subscription | undefined;
    return {
      reconcilers: baremetalReconcilers({ ...context, bmcs }),
      routes: hostRoutes({ api: context.api, http: context.http, url: context.config.url }),
      start: async () => {
        subscription = await answerPower({ ...context, bmcs });
      },
      stop: async () => {
        await subscription?.stop().catch(() => undefined);
      },
    };
  },
};
