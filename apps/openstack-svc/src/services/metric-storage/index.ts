import type { CloudService } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';
import { joined } from '../../conventions/assemble.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { projectApi, projectService } from '../../conventions/project.js';
import { chartOf } from '../../render/chart.js';
import { aetosFiles } from './config.js';
import { prometheus } from './prometheus.js';

/** Metrics in Prometheus, and Aetos before it: who asks sees what is measured of his project. */
export const metricStorage: CloudService = {
  name: 'metric-storage',
  project: 'aetos',
  needs: ['identity', 'memcached'],
  credentials: () => projectCredentials('aetos', 'identity'),
  probe: {
    host: addresses.aetos.host,
    port: addresses.aetos.port,
    path: '/',
    accepts: [200],
    checks: [{ name: 'query', type: 'metric-storage', path: '/api/v1/query?query=up', reads: 'answers' }],
  },
  upgrade: [{ name: 'replace', does: 'replace', components: ['server', 'api'] }],
  render: (cloud) => {
    const chart = chartOf(cloud, 'metric-storage', 'aetos');
    const { service, uwsgi } = aetosFiles(chart);
    const server = projectApi(chart, 'aetos', { service, uwsgi });
    const aetos = projectService(chart, {
      project: 'aetos',
      databases: [],
      usesMessaging: false,
      catalogue: [{ name: 'aetos', type: 'metric-storage', address: 'aetos' }],
      files: [service, uwsgi],
      front: server.front,
      schema: [],
      workloads: [server.workload],
    });
    return joined(prometheus(chartOf(cloud, 'metric-storage', 'prometheus', 'infra')), aetos);
  },
};
