import type { CloudService } from '../../cloud/service.js';
import { databaseAdmin, serviceUser } from '../../conventions/credentials.js';
import { assemble } from '../../conventions/assemble.js';
import { chartOf } from '../../render/chart.js';
import { databaseFiles, databaseScripts } from './config.js';
import { restoreJobs } from './restore.js';
import { databaseRotation } from './rotation.js';
import { backups, encryptionKey } from './backups.js';
import { databaseFront, databaseServer } from './workloads.js';

/** MariaDB with Galera: one writable cluster for all services. */
export const database: CloudService = {
  name: 'database',
  project: 'mariadb',
  needs: [],
  credentials: ({ spec }) => [
    databaseAdmin,
    serviceUser('mariadb-replication', 'sst'),
    serviceUser('mariadb-monitor', 'monitor'),
    ...(spec.features.database.backup.encryption.enabled ? [encryptionKey] : []),
  ],
  render: (cloud) => {
    const chart = chartOf(cloud, 'database', 'mariadb', 'infra');
    const files = databaseFiles(chart);
    const scripts = databaseScripts(chart);
    return assemble(chart, {
      files,
      scripts,
      front: [...databaseFront(chart), ...backups(chart)],
      onDemand: restoreJobs(chart),
      rotation: databaseRotation(chart),
      stages: [['workloads', 'ready', [databaseServer(chart, files, scripts)]]],
    });
  },
  upgrade: [{ name: 'replace', does: 'replace', components: ['server'] }],
};
