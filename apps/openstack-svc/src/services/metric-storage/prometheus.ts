import type { RenderedService } from '../../cloud/service.js';
import { hosts } from '../../conventions/addresses.js';
import { assemble } from '../../conventions/assemble.js';
import { httpProbe } from '../../conventions/probes.js';
import type { Chart } from '../../render/chart.js';
import { networkPolicy, service } from '../../render/network.js';
import { claimed } from '../../render/pod.js';
import { statefulSet } from '../../render/workloads.js';
import { prometheusFile, prometheusPort } from './config.js';

const component = 'server';
const user = 65534;

/** Two hours of metrics, which is what decisions about scaling look back on. Only pods of the cloud may ask. */
export function prometheus(chart: Chart): RenderedService {
  const file = prometheusFile(chart);
  const server = statefulSet(chart, {
    name: hosts.prometheus,
    component,
    roles: ['controller'],
    serviceName: hosts.prometheus,
    files: [file],
    fsGroup: user,
    graceSeconds: 300,
    mounts: [claimed('data', '/prometheus')],
    claims: [{ name: 'data', storageClass: chart.cloud.spec.local_volume_storage_class, size: '2Gi' }],
    containers: [
      {
        name: 'prometheus',
        image: 'prometheus',
        command: [
          '/bin/prometheus',
          `--config.file=${file.path}`,
          '--storage.tsdb.path=/prometheus',
          '--storage.tsdb.retention.time=2h',
          '--storage.tsdb.retention.size=1GB',
          '--query.max-concurrency=20',
        ],
        weight: 'database',
        runAsUser: user,
        ports: { http: prometheusPort },
        ...httpProbe(prometheusPort, '/-/ready'),
      },
    ],
  });
  return assemble(chart, {
    files: [file],
    front: [
      service(chart, { name: hosts.prometheus, component, ports: { http: prometheusPort } }),
      ...networkPolicy(chart, component, [{ ports: [prometheusPort], from: 'cloud' }]),
    ],
    stages: [['storage', 'ready', [server]]],
  });
}
