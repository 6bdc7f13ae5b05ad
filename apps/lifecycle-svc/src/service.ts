import type { ServiceDefinition } from '@keelson/service';
import { type LifecycleConfig, lifecycleConfig } from './config.js';
import { lifecycleReconcilers } from './reconcilers.js';

/** The Kubernetes underlay: clusters, machines and what runs on their hosts. */
export const lifecycleService: ServiceDefinition<LifecycleConfig> = {
  name: 'lifecycle-svc',
  config: lifecycleConfig,
  create(context) {
    const lifecycle = lifecycleReconcilers(context);
    return {
      reconcilers: lifecycle.reconcilers,
      stop: async () => lifecycle.close(),
    };
  },
};
