export * from './plan/machine.js';
export { type Blocker, type BlockReason } from './plan/occupancy.js';
export { Queue, type Wait } from './plan/queue.js';
export * from './plan/decide.js';
export * from './plan/breaches.js';
export * from './plan/bound.js';
