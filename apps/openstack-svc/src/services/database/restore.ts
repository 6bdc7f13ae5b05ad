import type { KubeObject } from '@keelson/api';
import { type Chart, confOf } from '../../render/chart.js';
import { configMapsOf, secretsOf, textFile } from '../../render/files.js';
import { job } from '../../render/workloads.js';
import { backupFetch, restoreChain, restoreCheck, restoreCopy } from './backup-scripts.js';
import { backupScript, backupVolume, dataOf, hasRemote, keyFiles, remoteContainer, remoteFiles } from './backups.js';
import { isRestoring } from './restore-flag.js';

/** The member whose data a backup replaces; the others take theirs from it. */
export const restoredMember = 'mariadb-server-0';

/** What a restore consists of, in order; applied by it only. Nothing while no restore is asked for, or of no backup. */
export function restoreJobs(chart: Chart): readonly KubeObject[] {
  const name = backupNameIn(chart);
  if (name === undefined || !isRestoring(chart.cloud.spec)) return [];
  const backup = [...keyFiles(chart), ...remoteFiles(chart)];
  const own = textFile(chart, { secret: 'mariadb-restore-etc', path: '/etc/mysql-restore/restore.env' }, [
    `BACKUP_NAME=${name}`,
  ]);
  const chain = backupScript(chart, 'mariadb-chain.sh', restoreChain);
  const check = backupScript(chart, 'mariadb-restore-check.sh', restoreCheck);
  const copy = backupScript(chart, 'mariadb-restore.sh', restoreCopy);
  const fetch = backupScript(chart, 'mariadb-backup-fetch.sh', backupFetch);
  const all = [chain, check, copy, fetch].map((one) => ({ ...one, configMap: 'mariadb-restore-bin' }));
  const base = { roles: ['controller'], files: [...backup, own], scripts: all } as const;
  return [
    ...secretsOf(chart, [own]),
    ...configMapsOf(chart, all),
    job(chart, {
      ...base,
      name: 'mariadb-phy-restore-check',
      component: 'restore-check',
      retries: 0,
      mounts: [backupVolume(chart)],
      ...(hasRemote(chart) ? { before: [remoteContainer('fetch', fetch)] } : {}),
      containers: [{ name: 'check', image: 'mariadb', command: [check.path], weight: 'job' }],
    }),
    job(chart, {
      ...base,
      name: 'mariadb-phy-restore',
      component: 'restore',
      mounts: [backupVolume(chart), dataOf(restoredMember)],
      containers: [
        {
          name: 'restore',
          image: 'mariadb',
          command: [copy.path],
          weight: 'job',
          env: [
            {
              name: 'RESTORE_ID',
              valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']" } },
            },
          ],
        },
      ],
    }),
  ];
}

const backupName = /^[0-9A-Za-z_.-]+(?:\/[0-9A-Za-z_.-]+)?$/;

/** `conf.phy_restore.backup_name`, where it can be the name of a backup. */
function backupNameIn(chart: Chart): string | undefined {
  const { backup_name: name } = confOf(chart, ['phy_restore']);
  return typeof name === 'string' && backupName.test(name) && !name.includes('..') ? name : undefined;
}
