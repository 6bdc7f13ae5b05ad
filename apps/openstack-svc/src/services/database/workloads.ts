import type { KubeObject } from '@keelson/api';
import type { ConfigFile } from '../../cloud/service.js';
import { hosts } from '../../conventions/addresses.js';
import { sharedCredentials } from '../../conventions/credentials.js';
import { commandProbe } from '../../conventions/probes.js';
import { type Chart, internalHost, replicasOf } from '../../render/chart.js';
import { iniFile, type Script, secretsOf, textFile } from '../../render/files.js';
import { isRecord, valueAt } from '../../render/json.js';
import type { Workload } from '../../render/kubernetes.js';
import { networkPolicy, service } from '../../render/network.js';
import { claimed, emptyDirectory, type MountedVolume } from '../../render/pod.js';
import { cronJob, disruptionBudget, statefulSet, volumeClaim } from '../../render/workloads.js';
import { discovery } from './config.js';

const component = 'server';

export function databaseServer(chart: Chart, files: readonly ConfigFile[], scripts: readonly Script[]): Workload {
  const { local_volume_storage_class: storageClass } = chart.cloud.spec;
  return statefulSet(chart, {
    name: 'mariadb-server',
    component,
    roles: ['controller'],
    serviceName: discovery,
    files,
    scripts: scripts.filter(({ key }) => key !== 'mariadb-backup.sh'),
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

/** The CronJob of the backups, its claim and its Secret; nothing when they are off. */
export function backups(chart: Chart, files: readonly ConfigFile[], scripts: readonly Script[]): readonly KubeObject[] {
  const { backup } = chart.cloud.spec.features.database;
  if (!backup.enabled) return [];
  const own = backupFiles(chart);
  const { persistent_volume_storage_class: storageClass } = chart.cloud.spec;
  const claim = { name: 'mariadb-phy-backup-data', storageClass, size: volumeSize(chart, ['backup'], '20Gi') };
  return [
    ...secretsOf(chart, own),
    ...(backup.backend === 'pvc' ? [volumeClaim(chart, claim, 'phy-backup')] : []),
    cronJob(chart, {
      name: 'mariadb-phy-backup',
      component: 'phy-backup',
      schedule: backup.schedule_time,
      roles: ['controller'],
      files: [...files.filter(({ key }) => key === 'admin.cnf'), ...own],
      scripts: scripts.filter(({ key }) => key === 'mariadb-backup.sh'),
      mounts: [backupVolume(chart)],
      containers: [
        { name: 'phy-backup', image: 'mariadb', command: ['/opt/keelson/bin/mariadb-backup.sh'], weight: 'job' },
      ],
    }),
  ];
}

function backupFiles(chart: Chart): readonly ConfigFile[] {
  const { backup } = chart.cloud.spec.features.database;
  const admin = chart.cloud.secrets.user(sharedCredentials.databaseAdmin);
  const secret = 'mariadb-backup-etc';
  return [
    iniFile(
      chart,
      { secret, path: '/etc/mysql-backup/client.cnf' },
      {
        client: { host: internalHost(chart.cloud, hosts.database), user: admin.username, password: admin.password },
      },
    ),
    textFile(chart, { secret, path: '/etc/mysql-backup/backup.env' }, [
      `BACKUP_TYPE=${backup.backup_type}`,
      `BACKUPS_TO_KEEP=${backup.backups_to_keep}`,
      `FULL_BACKUP_CYCLE=${backup.full_backup_cycle}`,
    ]),
  ];
}

function backupVolume(chart: Chart): MountedVolume {
  const { backend, pv_nfs: share } = chart.cloud.spec.features.database.backup;
  const path = '/backup';
  if (backend === 'hostpath') {
    return {
      path,
      volume: { name: 'backup', hostPath: { path: '/var/lib/mariadb-backup', type: 'DirectoryOrCreate' } },
    };
  }
  if (backend === 'pv_nfs' && share !== undefined) {
    return { path, volume: { name: 'backup', nfs: { server: share.server, path: share.path } } };
  }
  return { path, volume: { name: 'backup', persistentVolumeClaim: { claimName: 'mariadb-phy-backup-data' } } };
}

function volumeSize(chart: Chart, path: readonly string[], otherwise: string): string {
  const volume = valueAt(chart.values, ['volume', ...path]);
  const size = isRecord(volume) ? volume['size'] : undefined;
  return typeof size === 'string' ? size : otherwise;
}
