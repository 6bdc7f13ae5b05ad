export * from './postgres.js';
export * from './nats.js';
export * from './engine-kube-api.js';
