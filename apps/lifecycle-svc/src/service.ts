import type { Subscription } from '@keelson/bus';
import type { ServiceDefinition } from '@keelson/service';
import { type LifecycleConfig, lifecycleConfig } from './config.js';
import { helmCharts } from './helmbundle/helm-binary.js';
import { lifecycleReconcilers } from './reconcilers.js';
import { answerUpdates } from './update/update.handlers.js';

/** The Kubernetes underlay: clusters, machines and what runs on their hosts. */
export const lifecycleService: ServiceDefinition<LifecycleConfig> = {
  name: 'lifecycle-svc',
  config: lifecycleConfig,
  create(context) {
    const { helm } = context.config;
    const ports = { ...context, ...(helm === undefined ? {} : { charts: helmCharts(context.clock, helm) }) };
    const lifecycle = lifecycleReconcilers(ports);
    let updates: readonly Subscription[] = [];
    return {
      reconcilers: lifecycle.reconcilers,
      start: async () => {
        updates = await answerUpdates({ ...ports, phases: lifecycle.phases });
      },
      stop: async () => {
        await Promise.all(updates.map((subscription) => subscription.stop().catch(() => undefined)));
        lifecycle.close();
      },
    };
  },
};
