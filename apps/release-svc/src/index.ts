export { type ReleaseConfig, releaseConfig } from './config.js';
export { type ReleasePorts, releaseReconcilers } from './reconcilers.js';
export { releaseService } from './service.js';
