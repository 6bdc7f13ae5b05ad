export * from './clock.js';
export * from './virtual-clock.js';
export * from './random.js';
export * from './errors.js';
export * from './backoff.js';
export * from './log.js';
export * from './json.js';
