import { sha256Json } from '@keelson/std';
import type { TFOperator } from '@keelson/api';
import { type ContainerPart, labelsOf, type Manifest, podTemplate } from './manifests.js';
import { isRestoring, type OpenSdn } from './opensdn.js';

const name = 'tf-dbbackup';
const storedBackups = 5;

/** Dumps of the databases by schedule, on a volume of their own. */
export function backup(sdn: OpenSdn): readonly Manifest[] {
  const wanted = sdn.spec.features?.dbBackup;
  if (wanted?.enabled !== true) return [];
  const metadata = { name, namespace: sdn.namespace, labels: labelsOf('dbbackup') };
  const env = { STORED_BACKUPS: String(wanted.storedBackups ?? storedBackups) };
  const template = jobTemplate(sdn, 'dbbackup', { name: 'dump', image: 'opensdn-db-backup', env });
  const claim: Manifest = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata,
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: wanted.storageClass ?? sdn.spec.dataStorageClass,
      resources: { requests: { storage: wanted.dataCapacity ?? '30Gi' } },
    },
  };
  return [
    ...(wanted.backupType === 'pv_nfs' ? [] : [claim]),
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { ...metadata, name: `${name}-job` },
      spec: {
        schedule: wanted.schedule,
        // No dump is made of what is being restored.
        suspend: isRestoring(sdn.spec) || wanted.suspend === true,
        concurrencyPolicy: 'Forbid',
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: { spec: { backoffLimit: 2, activeDeadlineSeconds: 14_400, template } },
      },
    },
  ];
}

/**
 * Restores the databases from a dump, once, while what writes to them stands still. Its name says what it restores from: it is never
 * changed, and goes with the mode.
 */
export function restore(sdn: OpenSdn): readonly Manifest[] {
  if (!isRestoring(sdn.spec)) return [];
  const { dbDumpName: dump } = sdn.spec.features?.dbRestoreMode ?? {};
  const env: Record<string, string> = dump === undefined ? {} : { DUMP_NAME: dump };
  const template = jobTemplate(sdn, 'dbrestore', { name: 'restore', image: 'opensdn-db-restore', env });
  const spec = { backoffLimit: 2, activeDeadlineSeconds: 14_400, template };
  const metadata = {
    name: `tf-dbrestore-${sha256Json(spec).slice(0, 10)}`,
    namespace: sdn.namespace,
    labels: labelsOf('dbrestore'),
  };
  return [{ apiVersion: 'batch/v1', kind: 'Job', metadata, spec }];
}

/** A pod that ends, with the volume of dumps. Where the databases are it reads when it begins: no change of that concerns it. */
function jobTemplate(sdn: OpenSdn, component: string, { env = {}, ...container }: ContainerPart): object {
  const mounts = [{ name: 'backup', mountPath: '/backup' }];
  const containers = [{ ...container, env: { BACKUP_PATH: '/backup', ...env }, mounts }];
  const template = podTemplate(sdn, { component, role: 'database', containers }, {});
  const spec: unknown = Reflect.get(template, 'spec');
  const volumes = [{ name: 'backup', ...dumpsIn(sdn.spec) }];
  return {
    metadata: { labels: labelsOf(component) },
    spec: { ...(typeof spec === 'object' ? spec : {}), restartPolicy: 'Never', volumes },
  };
}

function dumpsIn({ features }: TFOperator['spec']): object {
  const { backupType, nfsOptions } = features?.dbBackup ?? {};
  return backupType === 'pv_nfs' && nfsOptions !== undefined
    ? { nfs: nfsOptions }
    : { persistentVolumeClaim: { claimName: name } };
}
