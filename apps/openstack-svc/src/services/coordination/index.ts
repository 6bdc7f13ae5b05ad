import type { CloudService } from '../../cloud/service.js';
import { hosts } from '../../conventions/addresses.js';
import { assemble } from '../../conventions/assemble.js';
import { httpProbe } from '../../conventions/probes.js';
import { type Chart, chartOf, internalHost, replicasOf } from '../../render/chart.js';
import { type Script, script } from '../../render/files.js';
import type { Workload } from '../../render/kubernetes.js';
import { networkPolicy, service } from '../../render/network.js';
import { claimed } from '../../render/pod.js';
import { disruptionBudget, statefulSet } from '../../render/workloads.js';
import { etcdStart } from './scripts.js';

const component = 'etcd';
const discovery = 'etcd-discovery';

/** etcd: locks and group membership for services that coordinate their instances (tooz). */
export const coordination: CloudService = {
  name: 'coordination',
  project: 'etcd',
  needs: [],
  credentials: () => [],
  render: (cloud) => {
    const chart = chartOf(cloud, 'coordination', 'etcd', 'infra');
    const start = script(chart, 'etcd.sh', etcdStart);
    return assemble(chart, {
      files: [],
      scripts: [start],
      front: [
        service(chart, { name: hosts.etcd, component, ports: { client: 2379 } }),
        service(chart, { name: discovery, component, headless: true, ports: { client: 2379, peer: 2380 } }),
        ...networkPolicy(chart, component, [
          { ports: [2379], from: 'everyone' },
          { ports: [2380], from: 'peers' },
        ]),
        ...disruptionBudget(chart, component, replicasOf(chart, component)),
      ],
      stages: [['workloads', 'ready', [members(chart, start)]]],
    });
  },
  upgrade: [{ name: 'replace', does: 'replace', components: [component] }],
};

function members(chart: Chart, start: Script): Workload {
  const host = internalHost(chart.cloud, discovery);
  const names = Array.from({ length: replicasOf(chart, component) }, (_, index) => `etcd-etcd-${index}`);
  const own = `$(POD_NAME).${host}`;
  return statefulSet(chart, {
    name: 'etcd-etcd',
    component,
    roles: ['controller'],
    serviceName: discovery,
    scripts: [start],
    mounts: [claimed('etcd-data', '/var/lib/etcd')],
    claims: [{ name: 'etcd-data', storageClass: chart.cloud.spec.local_volume_storage_class, size: '2Gi' }],
    containers: [
      {
        name: 'etcd',
        image: 'etcd',
        command: [start.path],
        weight: 'worker',
        ports: { client: 2379, peer: 2380 },
        env: [
          { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'ETCD_NAME', value: '$(POD_NAME)' },
          { name: 'ETCD_DATA_DIR', value: '/var/lib/etcd/data' },
          { name: 'ETCD_LISTEN_CLIENT_URLS', value: 'http://0.0.0.0:2379' },
          { name: 'ETCD_LISTEN_PEER_URLS', value: 'http://0.0.0.0:2380' },
          { name: 'ETCD_ADVERTISE_CLIENT_URLS', value: `http://${own}:2379` },
          { name: 'ETCD_INITIAL_ADVERTISE_PEER_URLS', value: `http://${own}:2380` },
          { name: 'ETCD_INITIAL_CLUSTER', value: names.map((name) => `${name}=http://${name}.${host}:2380`).join(',') },
          { name: 'ETCD_INITIAL_CLUSTER_TOKEN', value: `${chart.cloud.name}-etcd` },
          { name: 'MEMBERS', value: names.map((name) => `http://${name}.${host}:2379`).join(' ') },
          { name: 'ETCD_AUTO_COMPACTION_RETENTION', value: '1' },
        ],
        ...httpProbe(2379, '/health'),
      },
    ],
  });
}
