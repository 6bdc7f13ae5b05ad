export * from './port.js';
export * from './cache.js';
export * from './status-failure.js';
export { doing, requireNamespace } from './doing.js';
export * from './http/options.js';
export { httpKubeApi } from './http/http-kube-api.js';
export { type CachedKind, type Caches, type CachesOptions, startCaches } from './cache/start-caches.js';
export type { ChangeType } from './cache/informer.js';
export { type Election, electLeader, type ElectionOptions } from './lease/elect-leader.js';
