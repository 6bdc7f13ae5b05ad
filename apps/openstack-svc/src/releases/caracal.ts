import { infrastructureTags } from './infrastructure.js';
import type { OpenStackRelease } from './release.js';

/** OpenStack 2024.1. */
export const caracal: OpenStackRelease = {
  name: 'caracal',
  calendar: '2024.1',
  computeServiceLevel: 66,
  oldestComputeServiceLevel: 66,
  isLongSupport: true,
  defaultTag: 'caracal-jammy-20250401',
  imageTags: {
    ...infrastructureTags,
    openvswitch: 'caracal-jammy-3.3.0',
    ovn: 'caracal-jammy-24.03.2',
    libvirt: 'caracal-jammy-10.0.0',
  },
  facts: {
    neutronServerIsSplit: false,
    knowsTbCacheSize: true,
    barbicanReadsDatabaseSection: true,
    designateExtensions: true,
    quorumQueues: true,
  },
};
