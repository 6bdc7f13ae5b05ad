import type { CloudService } from '../../cloud/service.js';
import { worker } from '../../conventions/api/api.js';
import { cleanupJob } from '../../conventions/cleanup.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { projectApi, projectService, schemaJob } from '../../conventions/project.js';
import { checkedFirst, schemaThen, upgradeCheck } from '../../conventions/upgrades.js';
import { chartOf, replicasOf } from '../../render/chart.js';
import { disruptionBudget } from '../../render/workloads.js';
import { instanceHaFiles } from './config.js';
import { monitors } from './monitors.js';
import { instanceHaProbe } from './probe.js';

/** Masakari: servers come back when their processes or their hosts die. */
export const instanceHa: CloudService = {
  name: 'instance-ha',
  project: 'masakari',
  needs: ['identity', 'compute'],
  credentials: () => projectCredentials('masakari', 'database', 'messaging', 'identity'),
  probe: instanceHaProbe,
  upgrade: [checkedFirst, ...schemaThen('engine', 'api', 'instance-monitor', 'introspective-monitor')],
  render: (cloud) => {
    const chart = chartOf(cloud, 'instance-ha', 'masakari');
    const { service, uwsgi } = instanceHaFiles(chart);
    const server = projectApi(chart, 'masakari', { service, uwsgi });
    const engine = worker(chart, {
      name: 'masakari-engine',
      component: 'engine',
      image: 'masakari',
      command: ['masakari-engine', '--config-file', service.path],
      files: [service],
    });
    const agents = monitors(cloud);
    return projectService(chart, {
      project: 'masakari',
      databases: ['masakari'],
      usesMessaging: true,
      catalogue: [{ name: 'masakari', type: 'instance-ha', address: 'masakari' }],
      files: [service, uwsgi, ...agents.files],
      front: [
        ...server.front,
        ...disruptionBudget(chart, 'engine', replicasOf(chart, 'engine')),
        ...cleanupJob(chart, { project: 'masakari', service, schedule: '1 3 * * 1' }, ({ age, batch }) => [
          `masakari-manage --config-file ${service.path} db purge --age_in_days ${age} --max_rows ${batch}`,
        ]),
      ],
      schema: [schemaJob(chart, 'masakari', service, ['masakari-manage', 'db', 'sync'])],
      workloads: [engine, server.workload, ...agents.daemonSets],
      onDemand: upgradeCheck(chart, 'masakari', { reads: [service] }),
    });
  },
};
