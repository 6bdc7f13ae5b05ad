import type { Cloud } from '../../cloud/cloud.js';
import { daemonChartOf } from '../../render/chart.js';
import { daemonSets, type DaemonSets } from '../../render/node-sets.js';
import { hostPath } from '../../render/pod.js';
import { certificateFiles, loadBalancerFiles, managementNetworkName, trustAnnotation } from './config.js';
import { resourceScripts } from './scripts.js';

/** Gateways hear the heartbeats of amphorae over a port of their own on the management network. */
export function healthManagers(cloud: Cloud): DaemonSets {
  return daemonSets(cloud, (each) => {
    const chart = daemonChartOf(each, 'load-balancer', 'octavia', 'octavia-health-manager');
    const { service, clouds } = loadBalancerFiles(chart);
    const [, start, port] = resourceScripts(chart);
    const network = { name: 'LB_NETWORK', value: managementNetworkName(chart) };
    return {
      chart,
      part: {
        name: 'octavia-health-manager',
        component: 'health-manager',
        roles: ['gateway'],
        files: [service, clouds, ...certificateFiles(chart)],
        annotations: trustAnnotation(chart),
        scripts: [start, port],
        host: { network: true },
        mounts: [hostPath('run-openvswitch', '/run/openvswitch', { type: 'DirectoryOrCreate' })],
        before: [
          {
            name: 'port',
            image: 'octavia',
            command: [port.path],
            rights: 'privileged',
            env: [network, { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
          },
        ],
        containers: [
          {
            name: 'octavia-health-manager',
            image: 'octavia',
            command: [start.path, 'octavia-health-manager'],
            weight: 'agent',
            env: [network],
          },
        ],
      },
    };
  });
}
