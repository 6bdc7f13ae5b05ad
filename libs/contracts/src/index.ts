export * from './subject.js';
export * from './transition.js';
export * from './operations.js';
export * from './baremetal.js';
export * from './lifecycle.js';
export * from './catalogue.js';
export * from './streams.js';
export * from './proto.js';
