export * from './session.js';
export * from './compute.js';
