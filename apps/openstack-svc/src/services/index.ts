import type { CloudService } from '../cloud/service.js';

/** Every service that a cloud can have. */
export const cloudServices: readonly CloudService[] = [];
