import type { CloudService } from '../../cloud/service.js';
import { assemble } from '../../conventions/assemble.js';
import { httpProbe } from '../../conventions/probes.js';
import { publicCertificate, publicTls, publicTlsFiles } from '../../conventions/api/public-tls.js';
import { type Chart, chartOf, replicasOf } from '../../render/chart.js';
import { service, usesIngress } from '../../render/network.js';
import { deployment, disruptionBudget } from '../../render/workloads.js';
import { adminPort, gatewayFile } from './config.js';

const component = 'gateway';

/** The gateway in front of all public endpoints: one Envoy configuration made from the cloud's services. */
export const appGateway: CloudService = {
  name: 'app-gateway',
  project: 'app-gateway',
  needs: [],
  credentials: publicCertificate,
  upgrade: [{ name: 'replace', does: 'replace', components: [component] }],
  render: (cloud) => {
    const chart = chartOf(cloud, 'app-gateway', 'app-gateway', 'infra');
    const file = gatewayFile(chart);
    return assemble(chart, {
      files: [file],
      front: [
        ...(usesIngress(chart) ? [] : [publicTls(chart)]),
        service(chart, { name: 'app-gateway', component, type: 'LoadBalancer', ports: { http: 80, https: 443 } }),
        ...disruptionBudget(chart, component, replicasOf(chart, component)),
      ],
      stages: [['workloads', 'ready', [gateway(chart, file)]]],
    });
  },
};

function gateway(chart: Chart, file: ReturnType<typeof gatewayFile>): ReturnType<typeof deployment> {
  return deployment(chart, {
    name: 'app-gateway',
    component,
    roles: ['controller'],
    // Envoy reads a certificate once.
    files: [file, ...publicTlsFiles(chart, '/etc/envoy/tls')],
    fsGroup: 101,
    graceSeconds: 120,
    containers: [
      {
        name: 'envoy',
        image: 'envoy',
        command: ['envoy', '--config-path', file.path],
        weight: 'api',
        rights: ['NET_BIND_SERVICE'],
        ports: { http: 80, https: 443 },
        ...httpProbe(adminPort, '/ready'),
      },
    ],
  });
}
