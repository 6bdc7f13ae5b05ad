export * from './postgres.js';
export * from './nats.js';
export * from './engine-kube-api.js';
export * from './api-faults.js';
export * from './hermetic-cluster.js';
export * from './kube-worlds.js';
export * from './each-call-failing.js';
export * from './machine-checks.js';
