import type { CloudService } from '../cloud/service.js';
import { appGateway } from './app-gateway/index.js';
import { blockStorage } from './block-storage/index.js';
import { compute } from './compute/index.js';
import { coordination } from './coordination/index.js';
import { dashboard } from './dashboard/index.js';
import { database } from './database/index.js';
import { identity } from './identity/index.js';
import { image } from './image/index.js';
import { ingress } from './ingress/index.js';
import { memcached } from './memcached/index.js';
import { messaging } from './messaging/index.js';
import { networking } from './networking/index.js';
import { placement } from './placement/index.js';

/** Every service that a cloud can have. */
export const cloudServices: readonly CloudService[] = [
  database,
  messaging,
  memcached,
  coordination,
  ingress,
  appGateway,
  identity,
  image,
  placement,
  compute,
  networking,
  dashboard,
  blockStorage,
];
