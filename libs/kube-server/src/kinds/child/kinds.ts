import type { KindDescriptor } from '../descriptor.js';
import { managementKinds } from '../management.js';
import { appsKinds } from './apps.js';
import { batchKinds } from './batch.js';
import { clusterKinds } from './cluster.js';
import { networkKinds } from './network.js';
import { podKind } from './pod.js';
import { volumeKinds } from './volumes.js';

/** What the API of a simulated child cluster stores: all of the management profile, and workloads as data. */
export const childKinds: readonly KindDescriptor[] = [
  ...managementKinds,
  podKind,
  ...clusterKinds,
  ...appsKinds,
  ...batchKinds,
  ...networkKinds,
  ...volumeKinds,
];
