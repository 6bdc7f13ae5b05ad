import type { CloudService } from '../../cloud/service.js';
import { worker } from '../../conventions/api/api.js';
import { cleanupJob } from '../../conventions/cleanup.js';
import { keystoneAdmin, projectCredentials } from '../../conventions/credentials.js';
import { projectApi, projectService, schemaJob } from '../../conventions/project.js';
import { checkedFirst, schemaThen, upgradeCheck } from '../../conventions/upgrades.js';
import { chartOf, replicasOf } from '../../render/chart.js';
import { disruptionBudget } from '../../render/workloads.js';
import { sharedFileSystemFiles } from './config.js';
import { sharedFileSystemProbe } from './probe.js';
import { defaultShareType, shareTypeJobs } from './share-types.js';
import { shareServices } from './shares.js';

/** Manila: file systems that servers share. */
export const sharedFileSystem: CloudService = {
  name: 'shared-file-system',
  project: 'manila',
  needs: ['identity', 'networking'],
  credentials: () => [
    ...projectCredentials('manila', 'database', 'messaging', 'identity'),
    ...['nova', 'neutron', 'cinder', 'glance'].flatMap((project) => projectCredentials(project, 'identity')),
    keystoneAdmin,
  ],
  probe: sharedFileSystemProbe,
  upgrade: [checkedFirst, ...schemaThen('scheduler', ['share', 'share-*'], 'data', 'api')],
  render: (cloud) => {
    const chart = chartOf(cloud, 'shared-file-system', 'manila');
    const shares = shareServices(chart);
    const { service, uwsgi } = sharedFileSystemFiles(chart, defaultShareType(shares.backends));
    const server = projectApi(chart, 'manila', { service, uwsgi });
    const daemons = ['scheduler', 'data'].map((component) =>
      worker(chart, {
        name: `manila-${component}`,
        component,
        image: 'manila',
        command: [`manila-${component}`, '--config-file', service.path],
        files: [service],
      }),
    );
    const types = shareTypeJobs(chart, shares.backends);
    return projectService(chart, {
      project: 'manila',
      databases: ['manila'],
      usesMessaging: true,
      catalogue: [{ name: 'manilav2', type: 'sharev2', address: 'manila' }],
      files: [service, uwsgi, ...shares.files],
      front: [
        ...server.front,
        ...shares.front,
        ...disruptionBudget(chart, 'scheduler', replicasOf(chart, 'scheduler')),
        ...cleanupJob(chart, { project: 'manila', service, schedule: '1 7 * * 1' }, ({ age }) => [
          `manila-manage --config-file ${service.path} db purge ${age}`,
        ]),
      ],
      schema: [schemaJob(chart, 'manila', service, ['manila-manage', 'db', 'sync'])],
      workloads: [...daemons, server.workload, ...shares.workloads],
      bootstrap: types,
      onDemand: upgradeCheck(chart, 'manila', { reads: [service] }),
    });
  },
};
