export * from './subject.js';
export * from './transition.js';
