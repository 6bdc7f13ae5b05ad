export * from './session.js';
export * from './compute.js';
export * from './hosts.js';
export * from './host-parts.js';
export * from './instance-ha.js';
export * from './balancing.js';
export * from './placement.js';
export * from './load-balancers.js';
