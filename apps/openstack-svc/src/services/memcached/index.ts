import type { CloudService } from '../../cloud/service.js';
import { hosts } from '../../conventions/addresses.js';
import { assemble } from '../../conventions/assemble.js';
import { tcpProbe } from '../../conventions/probes.js';
import { type Chart, chartOf, replicasOf } from '../../render/chart.js';
import type { Workload } from '../../render/kubernetes.js';
import { networkPolicy, service } from '../../render/network.js';
import { disruptionBudget, statefulSet } from '../../render/workloads.js';

const component = 'server';

/** memcached: tokens, catalogues and rate limits; losing it costs time and nothing else. */
export const memcached: CloudService = {
  name: 'memcached',
  project: 'memcached',
  needs: [],
  credentials: () => [],
  render: (cloud) => {
    const chart = chartOf(cloud, 'memcached', 'memcached', 'infra');
    return assemble(chart, {
      files: [],
      front: [
        service(chart, { name: hosts.memcached, component, headless: true, ports: { memcache: 11211 } }),
        ...networkPolicy(chart, component, [{ ports: [11211], from: 'everyone' }]),
        ...disruptionBudget(chart, component, replicasOf(chart, component)),
      ],
      stages: [['workloads', 'ready', [servers(chart)]]],
    });
  },
  upgrade: [{ name: 'replace', does: 'replace', components: [component] }],
};

/** Pods with names that stay: clients hash keys over the list of them. */
function servers(chart: Chart): Workload {
  return statefulSet(chart, {
    name: 'memcached-memcached',
    component,
    roles: ['controller'],
    serviceName: hosts.memcached,
    containers: [
      {
        name: 'memcached',
        image: 'memcached',
        command: ['memcached', '-u', 'memcache', '-m', '1024', '-c', '16384', '-l', '0.0.0.0', '-p', '11211'],
        weight: 'worker',
        ports: { memcache: 11211 },
        ...tcpProbe(11211),
      },
    ],
  });
}
