import type { CloudService } from '../../cloud/service.js';
import { addresses, internalUrl } from '../../conventions/addresses.js';
import { worker } from '../../conventions/api/api.js';
import { cleanupJob } from '../../conventions/cleanup.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { projectApi, projectService, schemaJob } from '../../conventions/project.js';
import { authSection, commonSections, coordinationUrl } from '../../conventions/sections.js';
import { schemaThen } from '../../conventions/upgrades.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import { type Chart, chartOf, replicasOf } from '../../render/chart.js';
import { disruptionBudget } from '../../render/workloads.js';

const workers = ['evaluator', 'notifier', 'listener'] as const;

/** Aodh: alarms on metrics and events. */
export const alarming: CloudService = {
  name: 'alarming',
  project: 'aodh',
  needs: ['identity', 'metric'],
  credentials: () => projectCredentials('aodh', 'database', 'messaging', 'identity'),
  probe: {
    host: addresses.aodh.host,
    port: addresses.aodh.port,
    path: '/',
    accepts: [200, 300],
    checks: [{ name: 'alarms', type: 'alarming', path: '/v2/alarms?limit=1', reads: 'answers' }],
  },
  upgrade: schemaThen('api', ...workers),
  render: (cloud) => {
    const chart = chartOf(cloud, 'alarming', 'aodh');
    const service = serviceFile(chart);
    const uwsgi = uwsgiFile(chart, {
      path: '/etc/aodh/aodh-uwsgi.ini',
      port: addresses.aodh.port,
      program: '/usr/bin/aodh-api',
      threads: 4,
    });
    const server = projectApi(chart, 'aodh', { service, uwsgi });
    const daemons = workers.map((component) =>
      worker(chart, {
        name: `aodh-${component}`,
        component,
        image: 'aodh',
        command: [`aodh-${component}`, '--config-file', service.path],
        files: [service],
      }),
    );
    const schema = schemaJob(chart, 'aodh', service, ['aodh-dbsync']);
    return projectService(chart, {
      project: 'aodh',
      databases: ['aodh'],
      usesMessaging: true,
      catalogue: [{ name: 'aodh', type: 'alarming', address: 'aodh' }],
      files: [service, uwsgi],
      front: [
        ...server.front,
        ...workers.flatMap((each) => disruptionBudget(chart, each, replicasOf(chart, each))),
        ...cleanupJob(chart, { project: 'aodh', service, schedule: '1 6 * * 1' }, ({ age }) => [
          `aodh-expirer --config-file ${service.path} --alarm_history_time_to_live ${age * 86_400}`,
        ]),
      ],
      schema: [schema],
      workloads: [...daemons, server.workload],
    });
  },
};

function serviceFile(chart: Chart): ReturnType<typeof projectFile> {
  const { cloud } = chart;
  return projectFile(
    chart,
    'aodh',
    { path: '/etc/aodh/aodh.conf', values: ['aodh'] },
    commonSections(chart, { project: 'aodh', database: 'aodh', messaging: true, api: true }),
    {
      DEFAULT: { auth_mode: 'keystone', gnocchi_url: internalUrl(cloud, 'gnocchi') },
      service_credentials: { ...authSection(cloud, 'aodh'), interface: 'internal' },
      coordination: { backend_url: coordinationUrl(cloud) },
      evaluator: { workers: cloud.spec.size === 'single' ? 1 : 2 },
    },
  );
}
