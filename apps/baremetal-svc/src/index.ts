export { type BaremetalConfig, baremetalConfig } from './config.js';
export { type BaremetalContext, baremetalReconcilers } from './reconcilers.js';
export { baremetalService } from './service.js';
