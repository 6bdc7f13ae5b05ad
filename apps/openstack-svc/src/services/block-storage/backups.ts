import { terminal } from '@keelson/std';
import { resolveText } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import type { ValueOrReference } from '../../cloud/spec/fields.js';
import { cephFiles, goesToCeph, type Store } from '../../conventions/ceph.js';
import type { Chart } from '../../render/chart.js';
import { iniFile } from '../../render/files.js';
import type { Ini } from '../../render/ini.js';
import type { Workload } from '../../render/kubernetes.js';
import { deployment } from '../../render/workloads.js';
import { cephForCinder } from './backends.js';
import { cinderSections } from './config.js';
import { storageProcess } from './processes.js';

/** Backups go to what the spec names, else to Ceph's pool of backups; without either there is no service for them. */
export function backupService(chart: Chart): { workloads: readonly Workload[]; files: readonly ConfigFile[] } {
  const driver = chart.cloud.spec.features.cinder.backup.enabled ? backupDriver(chart) : undefined;
  if (driver === undefined) return { workloads: [], files: [] };
  const files = [
    iniFile(
      chart,
      { secret: 'cinder-backup-etc', path: '/etc/cinder/cinder.conf', values: ['cinder'] },
      cinderSections(chart),
      { DEFAULT: driver },
    ),
    ...(chart.cloud.ceph === undefined ? [] : cephFiles(chart, cephForCinder(chart.cloud))),
  ];
  const workload = deployment(chart, {
    name: 'cinder-backup',
    component: 'backup',
    roles: ['controller'],
    files,
    ...storageProcess(chart, 'cinder-backup'),
  });
  return { workloads: [workload], files };
}

const backups: Store = {
  what: 'backups of volumes',
  otherwise: 'name a driver in spec.features.cinder.backup.drivers, or set spec.features.cinder.backup.enabled: false',
};

function backupDriver(chart: Chart): Ini[string] | undefined {
  const declared = Object.values(chart.cloud.spec.features.cinder.backup.drivers).filter(({ enabled }) => enabled);
  if (declared.length > 1) {
    throw terminal('Rendering OpenStack: spec.features.cinder.backup.drivers: only one can be enabled', {
      reason: 'InvalidSpec',
    });
  }
  const [driver] = declared;
  if (driver?.type === 'nfs') {
    return { backup_driver: 'cinder.backup.drivers.nfs.NFSBackupDriver', backup_share: driver.backup_share };
  }
  if (driver?.type === 's3') {
    return {
      backup_driver: 'cinder.backup.drivers.s3.S3BackupDriver',
      backup_s3_endpoint_url: driver.endpoint_url,
      backup_s3_store_bucket: driver.store_bucket,
      backup_s3_store_access_key: textOf(chart, driver.store_access_key),
      backup_s3_store_secret_key: textOf(chart, driver.store_secret_key),
    };
  }
  if (!goesToCeph(chart.cloud, backups)) return undefined;
  const client = cephForCinder(chart.cloud);
  const pool = client.pools.find(({ role }) => role === 'backup');
  return pool === undefined
    ? undefined
    : {
        backup_driver: 'cinder.backup.drivers.ceph.CephBackupDriver',
        backup_ceph_user: client.user,
        backup_ceph_pool: pool.name,
      };
}

function textOf(chart: Chart, value: ValueOrReference | undefined): string | undefined {
  return value === undefined ? undefined : resolveText(chart.cloud, value);
}
