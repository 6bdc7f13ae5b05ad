import type { CloudService } from '../../cloud/service.js';
import { api } from '../../conventions/api/api.js';
import { assemble } from '../../conventions/assemble.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { commandJob, databaseInitJob } from '../../conventions/jobs.js';
import { chartOf } from '../../render/chart.js';
import { dashboardAddress, dashboardFiles } from './config.js';
import { themeParts } from './themes.js';
import { dashboardProbe } from './probe.js';

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
      command: ['python3', '/usr/share/openstack-dashboard/manage.py', 'migrate', '--noinput'],
    });
    return assemble(chart, {
      files,
      scripts: themes.scripts,
      front: server.front,
      jobs: [database],
      stages: [
        ['accounts', 'complete', [database.job]],
        ['schema', 'complete', [schema]],
        ['workloads', 'ready', [server.workload]],
      ],
    });
  },
};
