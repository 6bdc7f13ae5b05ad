export * from './port.js';
export * from './cache.js';
export * from './status-failure.js';
export * from './http/options.js';
export { httpKubeApi } from './http/http-kube-api.js';
