import type { KubeObject } from '@keelson/api';
import type { CloudService, ConfigFile } from '../../cloud/service.js';
import { api } from '../../conventions/api/api.js';
import { assemble } from '../../conventions/assemble.js';
import { cleanupJob } from '../../conventions/cleanup.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { commandJob, databaseInitJob } from '../../conventions/jobs.js';
import { type Chart, chartOf } from '../../render/chart.js';
import { dashboardAddress, dashboardFiles } from './config.js';
import { themeParts } from './themes.js';
import { dashboardProbe } from './probe.js';

const manage = '/usr/share/openstack-dashboard/manage.py';

/** Horizon: the cloud in a browser. */
export const dashboard: CloudService = {
  name: 'dashboard',
  project: 'horizon',
  needs: ['identity'],
  credentials: () => [
    ...projectCredentials('horizon', 'database'),
    { sort: 'key', name: 'horizon-secret-key', encoding: 'text', length: 64 },
  ],
  probe: dashboardProbe,
  upgrade: [
    { name: 'db-sync', does: 'run', components: ['db-sync'] },
    { name: 'replace', does: 'replace', components: ['server'] },
  ],
  render: (cloud) => {
    const chart = chartOf(cloud, 'dashboard', 'horizon');
    const { settings, apache, messages } = dashboardFiles(chart);
    const themes = themeParts(chart);
    const files = [settings, ...apache, ...messages, ...themes.files];
    const database = databaseInitJob(chart, 'horizon', ['horizon']);
    const server = api(chart, {
      name: 'horizon',
      component: 'server',
      image: 'horizon',
      address: dashboardAddress,
      ...themes,
      files,
      alivePath: '/auth/login/',
    });
    const schema = commandJob(chart, {
      name: 'horizon-db-sync',
      component: 'db-sync',
      image: 'horizon',
      files: [settings],
      command: ['python3', manage, 'migrate', '--noinput'],
    });
    return assemble(chart, {
      files,
      scripts: themes.scripts,
      front: [...server.front, ...sessionsCleanup(chart, settings)],
      jobs: [database],
      stages: [
        ['accounts', 'complete', [database.job]],
        ['schema', 'complete', [schema]],
        ['workloads', 'ready', [server.workload]],
      ],
    });
  },
};

/** Sessions whose time is over, however long: nobody signs out of most. */
function sessionsCleanup(chart: Chart, settings: ConfigFile): readonly KubeObject[] {
  return cleanupJob(chart, { project: 'horizon', service: settings, schedule: '1 8 * * 1' }, () => [
    `python3 ${manage} clearsessions`,
  ]);
}
