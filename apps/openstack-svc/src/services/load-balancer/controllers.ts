import { type Chart, labelsOf } from '../../render/chart.js';
import type { Workload } from '../../render/kubernetes.js';
import { deployment } from '../../render/workloads.js';
import { certificateFiles, type LoadBalancerFiles, managementNetworkName, trustAnnotation } from './config.js';
import { resourceScripts } from './scripts.js';

/** Who works on amphorae, beside the health managers. */
export const controllers = ['worker', 'housekeeping'] as const;

/**
 * A daemon that configures amphorae, or gives them new certificates, at port 9443 of their addresses. The management network has
 * no gateway: the only way into it is the port of a health manager, so the daemon is in the network of a node that has one.
 */
export function controller(
  chart: Chart,
  component: (typeof controllers)[number],
  { service, clouds }: LoadBalancerFiles,
): Workload {
  const [, start] = resourceScripts(chart);
  const name = `octavia-${component}`;
  return deployment(chart, {
    name,
    component,
    roles: ['gateway'],
    host: { network: true },
    beside: labelsOf(chart, 'health-manager'),
    graceSeconds: 180,
    files: [service, clouds, ...certificateFiles(chart)],
    annotations: trustAnnotation(chart),
    scripts: [start],
    containers: [
      {
        name,
        image: 'octavia',
        command: [start.path, name],
        weight: 'worker',
        env: [{ name: 'LB_NETWORK', value: managementNetworkName(chart) }],
      },
    ],
  });
}
