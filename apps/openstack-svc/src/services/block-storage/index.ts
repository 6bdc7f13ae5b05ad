import type { CloudService } from '../../cloud/service.js';
import { assemble } from '../../conventions/assemble.js';
import { keystoneAdmin, projectCredentials } from '../../conventions/credentials.js';
import {
  catalogueJob,
  commandJob,
  databaseInitJob,
  identityUserJob,
  messagingInitJob,
} from '../../conventions/jobs.js';
import { upgradeCheck } from '../../conventions/upgrades.js';
import { chartOf } from '../../render/chart.js';
import { blockStorageFiles } from './config.js';
import { blockStorageProbe } from './probe.js';
import { blockStorageUpgrade } from './upgrade.js';
import { serviceRemovalJob } from './service-removal.js';
import { volumeTypeJobs } from './volume-types.js';
import { volumeServices } from './volumes.js';
import { controlPlane, rowsCleanup } from './workloads.js';

/** Cinder: volumes, their snapshots and backups. */
export const blockStorage: CloudService = {
  name: 'block-storage',
  project: 'cinder',
  needs: ['identity', 'image'],
  credentials: () => [
    ...projectCredentials('cinder', 'database', 'messaging', 'identity'),
    ...projectCredentials('nova', 'identity'),
    keystoneAdmin,
  ],
  probe: blockStorageProbe,
  upgrade: blockStorageUpgrade,
  render: (cloud) => {
    const chart = chartOf(cloud, 'block-storage', 'cinder');
    const files = blockStorageFiles(chart);
    const jobs = {
      database: databaseInitJob(chart, 'cinder', ['cinder']),
      messaging: messagingInitJob(chart, 'cinder'),
      user: identityUserJob(chart, 'cinder'),
      catalogue: catalogueJob(chart, 'cinder', [{ name: 'cinderv3', type: 'volumev3', address: 'cinder' }]),
    };
    const manage = (component: string, verb: string): ReturnType<typeof commandJob> =>
      commandJob(chart, {
        name: `cinder-${component}`,
        component,
        image: 'cinder',
        files: [files.service],
        command: ['cinder-manage', '--config-file', files.service.path, 'db', verb],
      });
    const control = controlPlane(chart, files);
    const volumes = volumeServices(cloud);
    const types = volumeTypeJobs(chart, volumes.backends);
    return assemble(chart, {
      files: [...Object.values(files), ...volumes.files],
      scripts: volumes.scripts,
      front: [
        ...control.front,
        ...volumes.front,
        ...rowsCleanup(chart, files.service),
        serviceRemovalJob(chart, files.service),
      ],
      jobs: [...Object.values(jobs), ...types],
      stages: [
        ['accounts', 'complete', [jobs.database.job, jobs.messaging.job, jobs.user.job]],
        ['schema', 'complete', [manage('db-sync', 'sync')]],
        ['workloads', 'ready', [...control.workloads, ...volumes.workloads]],
        ['catalogue', 'complete', [jobs.catalogue.job]],
        ['bootstrap', 'complete', types.map(({ job }) => job)],
      ],
      onDemand: [
        manage('db-online-migrations', 'online_data_migrations'),
        ...upgradeCheck(chart, 'cinder', { reads: [files.service] }),
      ],
    });
  },
};
