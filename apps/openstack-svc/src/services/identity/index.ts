import type { CloudService } from '../../cloud/service.js';
import { api } from '../../conventions/api.js';
import { addresses } from '../../conventions/addresses.js';
import { assemble } from '../../conventions/assemble.js';
import { commandJob, databaseInitJob, messagingInitJob, registerJob, serviceIdentity } from '../../conventions/jobs.js';
import { uwsgiCommand } from '../../conventions/uwsgi.js';
import { type Chart, chartOf } from '../../render/chart.js';
import { identityCredentials, clusterClouds } from './accounts.js';
import { identityFiles, type IdentityFiles } from './config.js';
import { keyDirectories, keyRepositories } from './keys.js';
import { identityProbe } from './probe.js';
import { identityRotation } from './rotation.js';
import { identityUpgrade } from './upgrade.js';

/** Keystone: who somebody is, what they may do, and where everything is. */
export const identity: CloudService = {
  name: 'identity',
  project: 'keystone',
  needs: ['database', 'messaging', 'memcached'],
  credentials: identityCredentials,
  probe: identityProbe,
  upgrade: identityUpgrade,
  render: (cloud) => {
    const chart = chartOf(cloud, 'identity', 'keystone');
    const own = identityFiles(chart);
    const server = keystoneApi(chart, own);
    const databaseInit = databaseInitJob(chart, 'keystone', ['keystone']);
    const messagingInit = messagingInitJob(chart, 'keystone');
    const users = registerJob(chart, 'keystone', 'ks-user', {
      domains: ['service'],
      projects: [{ name: 'service', domain: 'service' }],
      roles: ['admin', 'manager', 'member', 'reader', 'service'],
      ...(cloud.spec.features.stacklight.enabled ? { users: [serviceIdentity(chart, 'stacklight')] } : {}),
    });
    return assemble(chart, {
      files: [own.service, own.uwsgi, own.bootstrapEnvironment],
      scripts: [own.bootstrapScript],
      front: [...keyRepositories(chart, own.service), ...clusterClouds(chart), ...server.front],
      jobs: [databaseInit, messagingInit, users],
      rotation: identityRotation(chart),
      stages: [
        ['accounts', 'complete', [databaseInit.job, messagingInit.job]],
        ['schema', 'complete', [schemaJob(chart, own, 'keystone-db-sync', 'db-sync', [])]],
        ['bootstrap', 'complete', [bootstrapJob(chart, own)]],
        ['workloads', 'ready', [server.workload]],
        ['catalogue', 'complete', [users.job]],
      ],
      onDemand: [
        schemaJob(chart, own, 'keystone-db-sync-expand', 'db-sync-expand', ['--expand']),
        schemaJob(chart, own, 'keystone-db-sync-migrate', 'db-sync-migrate', ['--migrate']),
        schemaJob(chart, own, 'keystone-db-sync-contract', 'db-sync-contract', ['--contract']),
      ],
    });
  },
};

function keystoneApi(chart: Chart, own: IdentityFiles): ReturnType<typeof api> {
  return api(chart, {
    component: 'api',
    image: 'keystone',
    address: addresses.keystone,
    command: uwsgiCommand(own.uwsgi.path),
    files: [own.service, own.uwsgi],
    mounts: keyDirectories,
    alivePath: '/v3',
    fsGroup: 42424,
  });
}

function schemaJob(
  chart: Chart,
  own: IdentityFiles,
  name: string,
  component: string,
  flags: readonly string[],
): ReturnType<typeof commandJob> {
  const command = ['keystone-manage', '--config-file', own.service.path, 'db_sync', ...flags];
  return commandJob(chart, { name, component, image: 'keystone', files: [own.service], command });
}

function bootstrapJob(chart: Chart, own: IdentityFiles): ReturnType<typeof commandJob> {
  return commandJob(chart, {
    name: 'keystone-bootstrap',
    component: 'bootstrap',
    image: 'keystone',
    files: [own.service, own.bootstrapEnvironment],
    scripts: [own.bootstrapScript],
    mounts: keyDirectories,
    command: [own.bootstrapScript.path],
  });
}
