export * from './api-client.js';
export * from './browser.js';
export * from './api-stand.js';
export * from './crowd.js';
export * from './crowd-judge.js';
export * from './installation.js';
export * from './public-cloud.js';
export * from './updates.js';
export { managementCluster, managementRelease } from './management.js';
