import type { CloudService } from '../../cloud/service.js';
import { hosts } from '../../conventions/addresses.js';
import { assemble } from '../../conventions/assemble.js';
import { tcpProbe } from '../../conventions/probes.js';
import { type Chart, chartOf, internalHost, replicasOf } from '../../render/chart.js';
import { type Script, script } from '../../render/files.js';
import type { ConfigFile } from '../../cloud/service.js';
import { textFile } from '../../render/files.js';
import type { Workload } from '../../render/kubernetes.js';
import { networkPolicy, service } from '../../render/network.js';
import { claimed, emptyDirectory } from '../../render/pod.js';
import { disruptionBudget, statefulSet } from '../../render/workloads.js';
import { redisStart, sentinelStart } from './scripts.js';

const discovery = 'redis';

/** Redis with Sentinel: task queues of Octavia and buffers of telemetry. */
export const redis: CloudService = {
  name: 'redis',
  project: 'redis',
  needs: [],
  credentials: () => [{ sort: 'key', name: 'redis-password', encoding: 'text', length: 32 }],
  upgrade: [{ name: 'replace', does: 'replace', components: ['redis', 'sentinel'] }],
  render: (cloud) => {
    const chart = chartOf(cloud, 'redis', 'redis', 'infra');
    const file = textFile(chart, { path: '/etc/redis-password/password' }, [cloud.secrets.key('redis-password')]);
    const scripts = [script(chart, 'redis.sh', redisStart), script(chart, 'sentinel.sh', sentinelStart)];
    return assemble(chart, {
      files: [file],
      scripts,
      front: [
        service(chart, { name: discovery, component: 'redis', headless: true, ports: { redis: 6379 } }),
        service(chart, { name: hosts.redis, component: 'sentinel', headless: true, ports: { sentinel: 26379 } }),
        ...networkPolicy(chart, 'redis', [{ ports: [6379], from: 'cloud' }]),
        ...networkPolicy(chart, 'sentinel', [{ ports: [26379], from: 'cloud' }]),
        ...['redis', 'sentinel'].flatMap((each) => disruptionBudget(chart, each, replicasOf(chart, each))),
      ],
      stages: [['workloads', 'ready', [servers(chart, file, scripts), sentinels(chart, file, scripts)]]],
    });
  },
};

const common = (chart: Chart) => [
  { name: 'SENTINELS', value: internalHost(chart.cloud, hosts.redis) },
  { name: 'DISCOVERY', value: internalHost(chart.cloud, discovery) },
  { name: 'QUORUM', value: String(Math.floor(replicasOf(chart, 'sentinel') / 2) + 1) },
];

function servers(chart: Chart, file: ConfigFile, scripts: readonly Script[]): Workload {
  return statefulSet(chart, {
    name: 'redis-server',
    component: 'redis',
    roles: ['controller'],
    serviceName: discovery,
    files: [file],
    scripts: scripts.filter(({ key }) => key === 'redis.sh'),
    mounts: [claimed('data', '/var/lib/redis')],
    claims: [{ name: 'data', storageClass: chart.cloud.spec.local_volume_storage_class, size: '2Gi' }],
    containers: [
      {
        name: 'redis',
        image: 'redis',
        command: ['/opt/keelson/bin/redis.sh'],
        ports: { redis: 6379 },
        env: common(chart),
        ...tcpProbe(6379),
      },
    ],
  });
}

function sentinels(chart: Chart, file: ConfigFile, scripts: readonly Script[]): Workload {
  return statefulSet(chart, {
    name: 'redis-sentinel',
    component: 'sentinel',
    roles: ['controller'],
    serviceName: hosts.redis,
    files: [file],
    scripts: scripts.filter(({ key }) => key === 'sentinel.sh'),
    mounts: [emptyDirectory('data', '/var/lib/sentinel')],
    containers: [
      {
        name: 'sentinel',
        image: 'redis',
        command: ['/opt/keelson/bin/sentinel.sh'],
        ports: { sentinel: 26379 },
        env: common(chart),
        ...tcpProbe(26379),
      },
    ],
  });
}
