export * from './cloud/cloud.js';
export * from './cloud/service.js';
export * from './cloud/spec.js';
export * from './cloud/render.js';
export * from './releases/release.js';
export * from './releases/releases.js';
export { cloudServices } from './services/index.js';
export { openstackService } from './service.js';
export { mosk, type MoskPorts } from './mosk.js';
