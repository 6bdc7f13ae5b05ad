import { type Job, JobKind, type KubeObject } from '@keelson/api';
import { z } from 'zod';
import { migrationApplication } from './state.js';

/** The Job that backs the database up for a migration, and the CronJob whose Job it is. */
export const backupJobName = 'ovs-ovn-migration-backup';
export const backupCronJobName = 'mariadb-phy-backup';
/** On an OpenStackDeployment, `true`: the operator has a backup of their own, or wants none. */
export const withoutBackupAnnotation = 'keelson.dev/ovs-ovn-migration-without-backup';
/** What was written since an older one would be lost. */
export const backupGoodMs = 24 * 3_600_000;
/** Finished Jobs are kept for their logs. */
const keptSeconds = 7 * 86_400;

export type BackupStanding = 'absent' | 'running' | 'completed' | 'failed';

export function backupStanding(job: Job | undefined): BackupStanding {
  if (job === undefined) return 'absent';
  const { conditions = [], succeeded = 0 } = job.status ?? {};
  if (conditions.some(({ type, status }) => type === 'Failed' && status === 'True')) return 'failed';
  return succeeded > 0 ? 'completed' : 'running';
}

const CronJobSchema = z.object({
  spec: z.object({ jobTemplate: z.object({ spec: z.looseObject({ backoffLimit: z.number().optional() }) }) }),
});

/** The Job that the CronJob of the backups would make now; undefined when it is no such CronJob. */
export function backupJob(namespace: string, cronJob: KubeObject | undefined): Job | undefined {
  const parsed = CronJobSchema.safeParse(cronJob);
  if (!parsed.success) return undefined;
  const spec = { ...parsed.data.spec.jobTemplate.spec, ttlSecondsAfterFinished: keptSeconds };
  const metadata = { name: backupJobName, namespace, labels: { application: migrationApplication } };
  return { apiVersion: 'batch/v1', kind: JobKind.kind, metadata, spec };
}
