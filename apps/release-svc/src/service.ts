import type { ServiceDefinition } from '@keelson/service';
import { type ReleaseConfig, releaseConfig } from './config.js';
import { PastSteps } from './past/past-steps.js';
import { releaseReconcilers } from './reconcilers.js';
import { timelineRoutes } from './timeline/timeline.handlers.js';

/** The release orchestrator: what there is to update to, and updates step by step. */
export const releaseService: ServiceDefinition<ReleaseConfig> = {
  name: 'release-svc',
  config: releaseConfig,
  create(context) {
    const past = new PastSteps(context.records);
    return { reconcilers: releaseReconcilers(context, past), routes: timelineRoutes({ ...context, past }) };
  },
};
