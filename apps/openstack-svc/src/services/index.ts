import type { CloudService } from '../cloud/service.js';
import { alarming } from './alarming/index.js';
import { appGateway } from './app-gateway/index.js';
import { baremetal } from './baremetal/index.js';
import { blockStorage } from './block-storage/index.js';
import { cloudprober } from './cloudprober/index.js';
import { compute } from './compute/index.js';
import { coordination } from './coordination/index.js';
import { dashboard } from './dashboard/index.js';
import { database } from './database/index.js';
import { descheduler } from './descheduler/index.js';
import { dns } from './dns/index.js';
import { dynamicResourceBalancer } from './dynamic-resource-balancer/index.js';
import { identity } from './identity/index.js';
import { image } from './image/index.js';
import { ingress } from './ingress/index.js';
import { instanceHa } from './instance-ha/index.js';
import { keyManager } from './key-manager/index.js';
import { loadBalancer } from './load-balancer/index.js';
import { memcached } from './memcached/index.js';
import { messaging } from './messaging/index.js';
import { metering } from './metering/index.js';
import { metric } from './metric/index.js';
import { metricStorage } from './metric-storage/index.js';
import { networking } from './networking/index.js';
import { objectStorage } from './object-storage/index.js';
import { orchestration } from './orchestration/index.js';
import { placement } from './placement/index.js';
import { redis } from './redis/index.js';
import { sharedFileSystem } from './shared-file-system/index.js';
import { stepler } from './stepler/index.js';
import { tempest } from './tempest/index.js';

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
  redis,
  keyManager,
  dns,
  orchestration,
  loadBalancer,
  descheduler,
  dynamicResourceBalancer,
  sharedFileSystem,
  baremetal,
  instanceHa,
  metric,
  metricStorage,
  metering,
  alarming,
  objectStorage,
  tempest,
  stepler,
  cloudprober,
];
