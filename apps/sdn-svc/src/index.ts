export { sdnService } from './service.js';
export { mosk, type MoskPorts } from './mosk.js';
