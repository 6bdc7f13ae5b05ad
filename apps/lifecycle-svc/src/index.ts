export { type LifecycleConfig, lifecycleConfig } from './config.js';
export { type Lifecycle, type LifecyclePorts, lifecycleReconcilers } from './reconcilers.js';
export { lifecycleService } from './service.js';
