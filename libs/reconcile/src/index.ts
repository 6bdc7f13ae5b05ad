export * from './reconciler.js';
export * from './plan.js';
export * from './states.js';
