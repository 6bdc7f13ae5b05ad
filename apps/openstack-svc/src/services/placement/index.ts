import type { CloudService } from '../../cloud/service.js';
import { assemble } from '../../conventions/assemble.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { catalogueJob, commandJob, databaseInitJob, identityUserJob } from '../../conventions/jobs.js';
import { projectApi } from '../../conventions/project.js';
import { upgradeCheck } from '../../conventions/upgrades.js';
import { chartOf } from '../../render/chart.js';
import { placementFiles } from './config.js';
import { placementProbe } from './probe.js';
import { placementUpgrade } from './upgrade.js';

/** Placement: what every resource provider has and who uses it. */
export const placement: CloudService = {
  name: 'placement',
  project: 'placement',
  needs: ['identity'],
  credentials: () => projectCredentials('placement', 'database', 'identity'),
  probe: placementProbe,
  upgrade: placementUpgrade,
  render: (cloud) => {
    const chart = chartOf(cloud, 'placement', 'placement');
    const { service, uwsgi } = placementFiles(chart);
    const database = databaseInitJob(chart, 'placement', ['placement']);
    const user = identityUserJob(chart, 'placement');
    const catalogue = catalogueJob(chart, 'placement', [
      { name: 'placement', type: 'placement', address: 'placement' },
    ]);
    const server = projectApi(chart, 'placement', { service, uwsgi });
    const manage = (component: string, verb: string): ReturnType<typeof commandJob> =>
      commandJob(chart, {
        name: `placement-${component}`,
        component,
        image: 'placement',
        files: [service],
        command: ['placement-manage', '--config-file', service.path, 'db', verb],
      });
    return assemble(chart, {
      files: [service, uwsgi],
      front: server.front,
      jobs: [database, user, catalogue],
      stages: [
        ['accounts', 'complete', [database.job, user.job]],
        ['schema', 'complete', [manage('db-sync', 'sync')]],
        ['workloads', 'ready', [server.workload]],
        ['catalogue', 'complete', [catalogue.job]],
      ],
      onDemand: [
        manage('db-online-migrations', 'online_data_migrations'),
        ...upgradeCheck(chart, 'placement', { reads: [service] }),
      ],
    });
  },
};
