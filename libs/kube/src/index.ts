export * from './port.js';
export * from './cache.js';
