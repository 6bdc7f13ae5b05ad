export * from './object.js';
export * from './kind.js';
export * from './builtin.js';
export * from './progress.js';
