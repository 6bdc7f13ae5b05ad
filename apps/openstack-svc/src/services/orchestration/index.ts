import type { CloudService } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';
import { api, worker } from '../../conventions/api/api.js';
import { cleanupJob } from '../../conventions/cleanup.js';
import { projectCredentials, serviceUser } from '../../conventions/credentials.js';
import { commandJob } from '../../conventions/jobs.js';
import { projectService } from '../../conventions/project.js';
import { checkedFirst, schemaThen, upgradeCheck } from '../../conventions/upgrades.js';
import { uwsgiCommand } from '../../conventions/api/uwsgi.js';
import { chartOf, replicasOf } from '../../render/chart.js';
import { disruptionBudget } from '../../render/workloads.js';
import { stackIdentity } from './accounts.js';
import { orchestrationFiles } from './config.js';
import { orchestrationProbe } from './probe.js';

/** Heat: stacks of resources from templates. */
export const orchestration: CloudService = {
  name: 'orchestration',
  project: 'heat',
  needs: ['identity'],
  credentials: () => [
    ...projectCredentials('heat', 'database', 'messaging', 'identity'),
    serviceUser('heat-domain-admin', 'heat_domain_admin'),
    { sort: 'key', name: 'heat-auth-encryption', encoding: 'text', length: 32 },
  ],
  probe: orchestrationProbe,
  upgrade: [checkedFirst, ...schemaThen('api', 'cfn', 'engine')],
  render: (cloud) => {
    const chart = chartOf(cloud, 'orchestration', 'heat');
    const { service, apiUwsgi, cfnUwsgi } = orchestrationFiles(chart);
    const base = { image: 'heat' };
    const server = api(chart, {
      ...base,
      component: 'api',
      address: addresses.heat,
      command: uwsgiCommand(apiUwsgi.path),
      files: [service, apiUwsgi],
    });
    const cfn = api(chart, {
      ...base,
      component: 'cfn',
      address: addresses['heat-cfn'],
      command: uwsgiCommand(cfnUwsgi.path),
      files: [service, cfnUwsgi],
    });
    const engine = worker(chart, {
      ...base,
      name: 'heat-engine',
      component: 'engine',
      command: ['heat-engine', '--config-file', service.path],
      files: [service],
    });
    return projectService(chart, {
      project: 'heat',
      databases: ['heat'],
      usesMessaging: true,
      identity: stackIdentity(chart),
      catalogue: [
        { name: 'heat', type: 'orchestration', address: 'heat' },
        { name: 'heat-cfn', type: 'cloudformation', address: 'heat-cfn' },
      ],
      files: [service, apiUwsgi, cfnUwsgi],
      front: [
        ...server.front,
        ...cfn.front,
        ...disruptionBudget(chart, 'engine', replicasOf(chart, 'engine')),
        ...cleanupJob(chart, { project: 'heat', service, schedule: '1 5 * * 1' }, ({ age }) => [
          `heat-manage --config-file ${service.path} purge_deleted -g days ${age}`,
        ]),
      ],
      schema: [
        commandJob(chart, {
          ...base,
          name: 'heat-db-sync',
          component: 'db-sync',
          files: [service],
          command: ['heat-manage', '--config-file', service.path, 'db_sync'],
        }),
      ],
      workloads: [engine, server.workload, cfn.workload],
      onDemand: upgradeCheck(chart, 'heat', { reads: [service] }),
    });
  },
};
