import type { CloudService } from '../../cloud/service.js';
import { type AddressName, addresses } from '../../conventions/addresses.js';
import { assemble } from '../../conventions/assemble.js';
import { httpProbe } from '../../conventions/probes.js';
import { type Chart, chartOf, hasService, publicHost } from '../../render/chart.js';
import { textFile } from '../../render/files.js';
import { service } from '../../render/network.js';
import { deployment } from '../../render/workloads.js';

const component = 'cloudprober';
const port = 9313;

const probed: readonly (readonly [service: string, address: AddressName])[] = [
  ['identity', 'keystone'],
  ['image', 'glance'],
  ['placement', 'placement'],
  ['compute', 'nova'],
  ['networking', 'neutron'],
  ['block-storage', 'cinder'],
  ['dns', 'designate'],
  ['orchestration', 'heat'],
  ['load-balancer', 'octavia'],
  ['key-manager', 'barbican'],
];

/** Cloudprober: the public endpoints as a user meets them, measured all the time. */
export const cloudprober: CloudService = {
  name: 'cloudprober',
  project: 'cloudprober',
  needs: ['identity'],
  credentials: () => [],
  upgrade: [{ name: 'replace', does: 'replace', components: [component] }],
  render: (cloud) => {
    const chart = chartOf(cloud, 'cloudprober', 'cloudprober', 'infra');
    const file = textFile(chart, { path: '/etc/cloudprober/cloudprober.cfg' }, configLines(chart));
    const prober = deployment(chart, {
      name: 'cloudprober',
      component,
      roles: ['controller'],
      files: [file],
      containers: [
        {
          name: 'cloudprober',
          image: 'cloudprober',
          command: ['/cloudprober', `--config_file=${file.path}`],
          ports: { http: port },
          ...httpProbe(port, '/health'),
        },
      ],
    });
    return assemble(chart, {
      files: [file],
      front: [service(chart, { name: 'cloudprober', component, ports: { http: port } })],
      stages: [['workloads', 'ready', [prober]]],
    });
  },
};

/** Cloudprober's text form. Statuses below 400 mean that somebody answers; 300 is the root of several APIs. */
function configLines(chart: Chart): string[] {
  const hosts = probed
    .filter(([name]) => hasService(chart.cloud, name))
    .map(([, address]) => [address, publicHost(chart.cloud, addresses[address].publicName)] as const);
  return hosts.flatMap(([name, host]) => [
    'probe {',
    `  name: "${name}"`,
    '  type: HTTP',
    `  targets { host_names: "${host}" }`,
    '  interval_msec: 15000',
    '  timeout_msec: 10000',
    '  http_probe { protocol: HTTPS relative_url: "/" tls_config { disable_cert_validation: true } }',
    '  validator { name: "answers" http_validator { success_status_codes: "200-399" } }',
    '}',
  ]);
}
