import type { KubeObject } from '@keelson/api';
import type { ConfigFile } from '../../cloud/service.js';
import { hosts } from '../../conventions/addresses.js';
import { commandProbe } from '../../conventions/probes.js';
import { type Chart, internalHost, replicasOf } from '../../render/chart.js';
import type { Script } from '../../render/files.js';
import { isRecord, valueAt } from '../../render/json.js';
import type { Workload } from '../../render/kubernetes.js';
import { networkPolicy, service } from '../../render/network.js';
import { claimed, emptyDirectory, type MountedVolume } from '../../render/pod.js';
import { disruptionBudget, statefulSet } from '../../render/workloads.js';
import { discovery } from './config.js';

const component = 'server';

export function databaseServer(chart: Chart, files: readonly ConfigFile[], scripts: readonly Script[]): Workload {
  const { local_volume_storage_class: local, persistent_volume_storage_class: persistent, features } = chart.cloud.spec;
  const storageClass = features.database.local_volumes.enabled ? local : persistent;
  return statefulSet(chart, {
    name: 'mariadb-server',
    component,
    roles: ['controller'],
    serviceName: discovery,
    files,
    scripts,
    graceSeconds: 600,
    mounts: [claimed('mysql-data', '/var/lib/mysql'), emptyDirectory('run', '/run/mysqld'), recoveryState],
    claims: [{ name: 'mysql-data', storageClass, size: volumeSize(chart, [], '5Gi') }],
    containers: [
      {
        name: 'mariadb',
        image: 'mariadb',
        command: ['/opt/keelson/bin/mariadb-start.sh'],
        weight: 'database',
        ports: { mysql: 3306, wsrep: 4567, ist: 4568, sst: 4444 },
        env: [
          { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'DISCOVERY', value: internalHost(chart.cloud, discovery) },
        ],
        ...commandProbe('/opt/keelson/bin/mariadb-ready.sh'),
        alive: {
          exec: { command: ['mariadb-admin', '--defaults-extra-file=/etc/mysql/admin.cnf', 'ping'] },
          periodSeconds: 30,
          timeoutSeconds: 20,
          failureThreshold: 10,
        },
      },
    ],
  });
}

/** Written when the cluster was first up and by its recovery; a pod starts without it. */
const recoveryState: MountedVolume = {
  volume: { name: 'state', configMap: { name: 'mariadb-mariadb-state', optional: true } },
  path: '/etc/mysql-state',
  readOnly: true,
};

export function databaseFront(chart: Chart): readonly KubeObject[] {
  return [
    service(chart, { name: hosts.database, component, ports: { mysql: 3306 } }),
    service(chart, { name: discovery, component, headless: true, ports: { mysql: 3306, wsrep: 4567 } }),
    ...networkPolicy(chart, component, [
      { ports: [3306], from: 'everyone' },
      { ports: [4444, 4567, 4568], from: 'peers' },
    ]),
    ...disruptionBudget(chart, component, replicasOf(chart, component)),
  ];
}

/** The size of a volume: raw values, which is also where the size of the cloud puts it. */
export function volumeSize(chart: Chart, path: readonly string[], otherwise: string): string {
  const volume = valueAt(chart.values, ['volume', ...path]);
  const size = isRecord(volume) ? volume['size'] : undefined;
  return typeof size === 'string' ? size : otherwise;
}
