import type { ServiceDefinition } from '@keelson/service';
import { type ReleaseConfig, releaseConfig } from './config.js';
import { releaseReconcilers } from './reconcilers.js';

/** The release orchestrator: what there is to update to, and updates step by step. */
export const releaseService: ServiceDefinition<ReleaseConfig> = {
  name: 'release-svc',
  config: releaseConfig,
  create: (context) => ({ reconcilers: releaseReconcilers(context) }),
};
