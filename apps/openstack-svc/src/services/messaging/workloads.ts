import type { KubeObject } from '@keelson/api';
import type { ConfigFile } from '../../cloud/service.js';
import { commandProbe, tcpProbe } from '../../conventions/probes.js';
import { type Chart, internalHost, replicasOf } from '../../render/chart.js';
import type { Script } from '../../render/files.js';
import type { Workload } from '../../render/kubernetes.js';
import { networkPolicy, service } from '../../render/network.js';
import { claimed } from '../../render/pod.js';
import { disruptionBudget, statefulSet } from '../../render/workloads.js';
import { discoveryOf, membersOf } from './config.js';

const component = 'server';

export function broker(chart: Chart, host: string, files: readonly ConfigFile[], scripts: readonly Script[]): Workload {
  const { local_volume_storage_class: storageClass } = chart.cloud.spec;
  return statefulSet(chart, {
    name: `${host}-server`,
    component,
    roles: ['controller'],
    serviceName: discoveryOf(host),
    files,
    scripts,
    graceSeconds: 120,
    mounts: [claimed('rabbitmq-data', '/var/lib/rabbitmq')],
    claims: [{ name: 'rabbitmq-data', storageClass, size: '2Gi' }],
    containers: [
      {
        name: 'rabbitmq',
        image: 'rabbitmq',
        command: ['/opt/keelson/bin/rabbitmq-start.sh'],
        weight: 'broker',
        runAsUser: 0,
        rights: ['CHOWN', 'SETUID', 'SETGID'],
        ports: { amqp: 5672, management: 15672, prometheus: 15692, epmd: 4369, dist: 25672 },
        env: [
          { name: 'DISCOVERY', value: internalHost(chart.cloud, discoveryOf(host)) },
          { name: 'MEMBERS', value: membersOf(chart, host).join(' ') },
        ],
        ...tcpProbe(5672),
        alive: commandProbe('rabbitmq-diagnostics', '--quiet', 'ping').alive,
      },
    ],
  });
}

export function brokerFront(chart: Chart, host: string): readonly KubeObject[] {
  const ports = { amqp: 5672, management: 15672 };
  return [
    service(chart, { name: host, component, ports }),
    service(chart, {
      name: discoveryOf(host),
      component,
      headless: true,
      ports: { ...ports, epmd: 4369, dist: 25672 },
    }),
    ...networkPolicy(chart, component, [
      { ports: [5672, 15692], from: 'everyone' },
      { ports: [15672], from: 'cloud' },
      { ports: [4369, 25672], from: 'peers' },
    ]),
    ...disruptionBudget(chart, component, replicasOf(chart, component)),
  ];
}
