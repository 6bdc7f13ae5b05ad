import type { KubeObject } from '@keelson/api';
import type { Cloud } from '../../../cloud/cloud.js';
import { tcpProbe } from '../../../conventions/probes.js';
import type { Chart } from '../../../render/chart.js';
import { iniFile } from '../../../render/files.js';
import { service } from '../../../render/network.js';
import type { DaemonPart } from '../../../render/node-sets.js';
import type { ContainerPart } from '../../../render/pod.js';
import { agentPart } from './agents.js';
import { backendOf } from '../backend.js';
import { agentCommonFile, configFlags, rootHelper } from '../config.js';

const component = 'neutron-portprober-agent';
const exporter = 'neutron-portprober-exporter';
const port = 8000;
const state = '/var/lib/neutron/portprober';

/** True where ports are probed, as MOSK does it: by ARP, from gateways that have a port in each network. */
export function probesPorts(cloud: Cloud): boolean {
  return backendOf(cloud) !== 'tungstenfabric' && cloud.spec.features.neutron.extensions.portprober.enabled;
}

/** The agent that probes, and what shows its results to Prometheus: `portprober_arping_target_total`, `…_success`. */
export function portproberPart(chart: Chart): DaemonPart | undefined {
  if (!probesPorts(chart.cloud)) return undefined;
  const secret = `${component}-etc`;
  const files = [
    agentCommonFile(chart, secret),
    iniFile(
      chart,
      { secret, path: '/etc/neutron/plugins/ml2/portprober_agent.ini', values: ['plugins', 'portprober_agent'] },
      rootHelper,
      {
        DEFAULT: { interface_driver: 'openvswitch' },
        ovs: { ovsdb_connection: 'unix:/run/openvswitch/db.sock' },
        portprober: { num_sync_threads: 4 },
      },
    ),
  ];
  const program = ['neutron-portprober-agent', ...configFlags(files)].join(' ');
  const part = agentPart({
    component,
    name: component,
    roles: ['gateway'],
    files,
    // What was measured before is of ports that may be elsewhere now.
    container: {
      command: ['sh', '-ec', `rm -f ${state}/prober/*/metrics.json ${state}/sync_state\nexec ${program}`],
      env: [],
    },
  });
  return { ...part, containers: [...part.containers, exporterContainer] };
}

const exporterContainer: ContainerPart = {
  name: exporter,
  image: 'neutron',
  weight: 'agent',
  command: [
    'uwsgi_python3',
    '--http-socket',
    `0.0.0.0:${port}`,
    '--wsgi-file',
    '/usr/bin/neutron-portprober-exporter',
    '--plugins',
    'python3',
    '--master',
    '--die-on-term',
    '--need-app',
    '--enable-threads',
    '--threads',
    '16',
  ],
  ports: { 'qpp-exporter': port },
  ...tcpProbe(port),
};

/** What names the exporters of all gateways. */
export function portproberFront(chart: Chart): readonly KubeObject[] {
  return probesPorts(chart.cloud)
    ? [service(chart, { name: exporter, component, headless: true, ports: { 'qpp-exporter': port } })]
    : [];
}
