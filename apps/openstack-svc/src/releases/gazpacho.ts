import { infrastructureTags } from './infrastructure.js';
import type { OpenStackRelease } from './release.js';

/** OpenStack 2026.1. */
export const gazpacho: OpenStackRelease = {
  name: 'gazpacho',
  calendar: '2026.1',
  // Not seen yet: no lower than its predecessors' by the rule that levels only grow.
  computeServiceLevel: 70,
  oldestComputeServiceLevel: 68,
  isLongSupport: true,
  defaultTag: 'gazpacho-noble-20260401',
  imageTags: {
    ...infrastructureTags,
    openvswitch: 'gazpacho-noble-3.7.0',
    ovn: 'gazpacho-noble-26.03.1',
    libvirt: 'gazpacho-noble-12.0.0',
  },
  facts: {
    neutronServerIsSplit: true,
    knowsTbCacheSize: true,
    barbicanReadsDatabaseSection: true,
    designateExtensions: false,
    quorumQueues: true,
  },
};
