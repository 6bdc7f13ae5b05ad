import { labelsOf, type Manifest, podTemplate } from './manifests.js';
import type { OpenSdn } from './opensdn.js';

const name = 'tf-dbbackup';

/** Dumps of the databases by schedule, on a volume of their own. */
export function backup(sdn: OpenSdn): readonly Manifest[] {
  const wanted = sdn.spec.features?.dbBackup;
  if (wanted?.enabled !== true) return [];
  const metadata = { name, namespace: sdn.namespace, labels: labelsOf('dbbackup') };
  const template = podTemplate(
    sdn,
    {
      component: 'dbbackup',
      role: 'database',
      containers: [
        {
          name: 'dump',
          image: 'opensdn-db-backup',
          env: { BACKUP_PATH: '/backup' },
          mounts: [{ name: 'backup', mountPath: '/backup' }],
        },
      ],
    },
    {},
  );
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata,
      spec: {
        accessModes: ['ReadWriteOnce'],
        ...(wanted.storageClass === undefined ? {} : { storageClassName: wanted.storageClass }),
        resources: { requests: { storage: wanted.dataCapacity ?? '30Gi' } },
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata,
      spec: {
        schedule: wanted.schedule,
        concurrencyPolicy: 'Forbid',
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: { spec: { backoffLimit: 2, activeDeadlineSeconds: 14_400, template: forJob(template) } },
      },
    },
  ];
}

/** A pod that ends, with the volume of dumps. */
function forJob(template: object): object {
  const spec: unknown = Reflect.get(template, 'spec');
  const volumes = [{ name: 'backup', persistentVolumeClaim: { claimName: name } }];
  return { ...template, spec: { ...(typeof spec === 'object' ? spec : {}), restartPolicy: 'Never', volumes } };
}
