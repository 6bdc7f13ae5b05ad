import { infrastructureTags } from './infrastructure.js';
import type { OpenStackRelease } from './release.js';

/** OpenStack 2025.1. */
export const epoxy: OpenStackRelease = {
  name: 'epoxy',
  calendar: '2025.1',
  computeServiceLevel: 68,
  oldestComputeServiceLevel: 66,
  isLongSupport: true,
  defaultTag: 'epoxy-noble-20251001',
  imageTags: {
    ...infrastructureTags,
    openvswitch: 'epoxy-noble-3.5.0',
    ovn: 'epoxy-noble-25.03.0',
    libvirt: 'epoxy-noble-11.3.0',
  },
  facts: {
    neutronServerIsSplit: false,
    knowsTbCacheSize: true,
    barbicanReadsDatabaseSection: true,
    designateExtensions: false,
    quorumQueues: true,
  },
};
