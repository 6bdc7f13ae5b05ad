import type { CloudService } from '../../cloud/service.js';
import { cleanupJob } from '../../conventions/cleanup.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { projectApi, projectService, schemaJob } from '../../conventions/project.js';
import { checkedFirst, schemaThen, upgradeCheck } from '../../conventions/upgrades.js';
import { chartOf } from '../../render/chart.js';
import { keyManagerFiles } from './config.js';
import { keyManagerProbe } from './probe.js';

/** Barbican: secrets, keys and certificates of tenants. */
export const keyManager: CloudService = {
  name: 'key-manager',
  project: 'barbican',
  needs: ['identity'],
  credentials: () => [
    ...projectCredentials('barbican', 'database', 'messaging', 'identity'),
    { sort: 'key', name: 'barbican-kek', encoding: 'base64', length: 32 },
  ],
  probe: keyManagerProbe,
  upgrade: [checkedFirst, ...schemaThen('api')],
  render: (cloud) => {
    const chart = chartOf(cloud, 'key-manager', 'barbican');
    const { service, uwsgi } = keyManagerFiles(chart);
    const server = projectApi(chart, 'barbican', { service, uwsgi });
    return projectService(chart, {
      project: 'barbican',
      databases: ['barbican'],
      usesMessaging: true,
      identity: { roles: ['key-manager:service-admin', 'creator', 'observer', 'audit'] },
      catalogue: [{ name: 'barbican', type: 'key-manager', address: 'barbican' }],
      files: [service, uwsgi],
      front: [
        ...server.front,
        ...cleanupJob(chart, { project: 'barbican', service, schedule: '1 4 * * 1' }, ({ age }) => [
          `barbican-manage --config-file ${service.path} db clean --min-days ${age}`,
        ]),
      ],
      schema: [schemaJob(chart, 'barbican', service, ['barbican-manage', 'db', 'upgrade'])],
      workloads: [server.workload],
      onDemand: upgradeCheck(chart, 'barbican', { reads: [service] }),
    });
  },
};
