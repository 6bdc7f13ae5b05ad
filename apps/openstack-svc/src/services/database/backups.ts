import type { KubeObject } from '@keelson/api';
import { terminal } from '@keelson/std';
import { type CredentialNeed, resolveText } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import { sharedCredentials } from '../../conventions/credentials.js';
import { type Chart, internalHost, labelsOf, replicasOf } from '../../render/chart.js';
import { configMapsOf, iniFile, type Script, script, secretsOf, textFile } from '../../render/files.js';
import type { ContainerPart, MountedVolume } from '../../render/pod.js';
import { cronJob, volumeClaim } from '../../render/workloads.js';
import { databaseBackup, backupSync } from './backup-scripts.js';
import { discovery } from './config.js';
import { volumeSize } from './workloads.js';

/** What backups are encrypted with: without it they are worth nothing, so it outlives the cloud as all credentials do. */
export const encryptionKey: CredentialNeed = {
  sort: 'key',
  name: 'mariadb-backup-encryption',
  encoding: 'text',
  length: 64,
};

const secret = 'mariadb-backup-etc';

/** The CronJob of the backups with all that it needs. It is there when they are off, too: suspended, and to be run by hand. */
export function backups(chart: Chart): readonly KubeObject[] {
  const { backup } = chart.cloud.spec.features.database;
  const { persistent_volume_storage_class: storageClass } = chart.cloud.spec;
  const files = [...backupFiles(chart), ...keyFiles(chart), ...remoteFiles(chart)];
  const program = backupScript(chart, 'mariadb-backup.sh', databaseBackup);
  const sync = backupScript(chart, 'mariadb-backup-sync.sh', backupSync);
  const scripts = hasRemote(chart) ? [program, sync] : [program];
  const making = { name: 'phy-backup', image: 'mariadb', command: [program.path], weight: 'job' } as const;
  const copying = remoteContainer('sync-remote', sync);
  const claim = { name: 'mariadb-phy-backup-data', storageClass, size: volumeSize(chart, ['backup'], '20Gi') };
  return [
    ...secretsOf(chart, files),
    ...configMapsOf(chart, scripts),
    ...(backup.backend === 'pvc' ? [volumeClaim(chart, claim, 'phy-backup')] : []),
    cronJob(chart, {
      name: 'mariadb-phy-backup',
      component: 'phy-backup',
      schedule: backup.schedule_time,
      suspend: !backup.enabled,
      roles: ['controller'],
      files,
      scripts,
      mounts: [dataOf(source(chart), true), backupVolume(chart)],
      beside: { ...labelsOf(chart, 'server'), 'statefulset.kubernetes.io/pod-name': source(chart) },
      ...(hasRemote(chart) ? { before: [making], containers: [copying] } : { containers: [making] }),
    }),
  ];
}

/** Whose data is copied: the last member, which begins no cluster. */
function source(chart: Chart): string {
  return `mariadb-server-${replicasOf(chart, 'server') - 1}`;
}

/** The volume of a member, as the member itself sees it. */
export function dataOf(member: string, readOnly = false): MountedVolume {
  const volume = { name: 'data', persistentVolumeClaim: { claimName: `mysql-data-${member}` } };
  return { volume, path: '/var/lib/mysql', ...(readOnly ? { readOnly } : {}) };
}

export function backupScript(chart: Chart, key: string, text: string): Script {
  return { ...script(chart, key, text), configMap: 'mariadb-backup-bin' };
}

function backupFiles(chart: Chart): readonly ConfigFile[] {
  const { backup } = chart.cloud.spec.features.database;
  const { username, password } = chart.cloud.secrets.user(sharedCredentials.databaseAdmin);
  const host = `${source(chart)}.${internalHost(chart.cloud, discovery)}`;
  return [
    iniFile(
      chart,
      { secret, path: '/etc/mysql-backup/client.cnf' },
      { client: { host, user: username, password }, 'mariadb-backup': { datadir: '/var/lib/mysql/data' } },
    ),
    textFile(chart, { secret, path: '/etc/mysql-backup/backup.env' }, [
      `BACKUP_TYPE=${backup.backup_type}`,
      `BACKUPS_TO_KEEP=${backup.backups_to_keep}`,
      `FULL_BACKUP_CYCLE=${backup.full_backup_cycle}`,
    ]),
  ];
}

/** The key of encrypted backups; none where they are not. */
export function keyFiles(chart: Chart): readonly ConfigFile[] {
  if (!chart.cloud.spec.features.database.backup.encryption.enabled) return [];
  return [
    textFile(chart, { secret, path: '/etc/mysql-backup/key' }, [chart.cloud.secrets.key('mariadb-backup-encryption')]),
  ];
}

export function hasRemote(chart: Chart): boolean {
  return chart.cloud.spec.features.database.backup.sync_remote.enabled;
}

/** Settings of rclone. @throws Failure terminal unless there is one remote */
export function remoteFiles(chart: Chart): readonly ConfigFile[] {
  if (!hasRemote(chart)) return [];
  const { remotes } = chart.cloud.spec.features.database.backup.sync_remote;
  const [remote, ...more] = Object.entries(remotes);
  if (remote === undefined || more.length > 0)
    throw terminal(
      'Rendering OpenStack: spec.features.database.backup.sync_remote.remotes: backups are copied to one remote, name one',
      { reason: 'InvalidSpec' },
    );
  const [name, { path, conf }] = remote;
  const options = Object.fromEntries(
    Object.entries(conf).map(([key, value]) => [key, resolveText(chart.cloud, value)]),
  );
  return [
    iniFile(chart, { secret, path: '/etc/mysql-backup/rclone.conf' }, { [name]: options }),
    textFile(chart, { secret, path: '/etc/mysql-backup/remote.env' }, [
      `REMOTE='${`${name}:${path}`.replaceAll("'", String.raw`'\''`)}'`,
    ]),
  ];
}

/** A container that fetches or sends backups. */
export function remoteContainer(name: string, { path }: Script): ContainerPart {
  return { name, image: 'rclone', command: [path], weight: 'job' };
}

export function backupVolume(chart: Chart): MountedVolume {
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
