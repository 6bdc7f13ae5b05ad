import type { CloudService } from '../../cloud/service.js';
import { assemble } from '../../conventions/assemble.js';
import { chartOf } from '../../render/chart.js';

/** Balancing instances over hosts is the work of the controller of DRBConfig, not of pods: nothing runs in the cluster for it. */
export const dynamicResourceBalancer: CloudService = {
  name: 'dynamic-resource-balancer',
  project: 'drb-controller',
  needs: ['compute'],
  credentials: () => [],
  upgrade: [],
  render: (cloud) =>
    assemble(chartOf(cloud, 'dynamic-resource-balancer', 'drb-controller', 'infra'), { files: [], stages: [] }),
};
