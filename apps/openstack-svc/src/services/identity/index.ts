import type { CloudService } from '../../cloud/service.js';
import { api } from '../../conventions/api/api.js';
import { addresses } from '../../conventions/addresses.js';
import { assemble } from '../../conventions/assemble.js';
import { commandJob, databaseInitJob, messagingInitJob, registerJob, serviceIdentity } from '../../conventions/jobs.js';
import { upgradeCheck } from '../../conventions/upgrades.js';
import { uwsgiCommand } from '../../conventions/api/uwsgi.js';
import { type Chart, chartOf } from '../../render/chart.js';
import { identityCredentials, clusterClouds } from './accounts.js';
import { type ApachePart, apacheWithFederation } from './apache.js';
import { keystoneClient } from './client.js';
import { domainParts } from './domains.js';
import { federationJob } from './federation.js';
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
    const apache = apacheWithFederation(chart);
    const federation = federationJob(chart);
    const server = keystoneApi(chart, own, apache);
    const databaseInit = databaseInitJob(chart, 'keystone', ['keystone']);
    const messagingInit = messagingInitJob(chart, 'keystone');
    const configured = domainParts(chart);
    const users = registerJob(chart, 'keystone', 'ks-user', {
      ...configured,
      domains: ['service', ...(configured.domains ?? [])],
      projects: [{ name: 'service', domain: 'service' }],
      roles: ['admin', 'manager', 'member', 'reader', 'service'],
      ...(cloud.spec.features.stacklight.enabled ? { users: [serviceIdentity(chart, 'stacklight')] } : {}),
    });
    return assemble(chart, {
      files: [own.service, own.uwsgi, own.bootstrapEnvironment, ...(apache?.files ?? [])],
      scripts: [own.bootstrapScript, ...(apache?.scripts ?? [])],
      front: [...keyRepositories(chart, own.service), ...clusterClouds(chart), ...server.front],
      jobs: [databaseInit, messagingInit, users, ...(federation === undefined ? [] : [federation])],
      rotation: identityRotation(chart),
      stages: [
        ['accounts', 'complete', [databaseInit.job, messagingInit.job]],
        ['schema', 'complete', [schemaJob(chart, own, 'keystone-db-sync', 'db-sync', [])]],
        ['bootstrap', 'complete', [bootstrapJob(chart, own)]],
        ['workloads', 'ready', [server.workload, keystoneClient(chart)]],
        ['catalogue', 'complete', [users.job]],
        ['federation', 'complete', federation === undefined ? [] : [federation.job]],
      ],
      onDemand: [
        schemaJob(chart, own, 'keystone-db-sync-expand', 'db-sync-expand', ['--expand']),
        schemaJob(chart, own, 'keystone-db-sync-migrate', 'db-sync-migrate', ['--migrate']),
        schemaJob(chart, own, 'keystone-db-sync-contract', 'db-sync-contract', ['--contract']),
        ...upgradeCheck(chart, 'keystone', { reads: [own.service], mounts: keyDirectories, fsGroup: 42424 }),
      ],
    });
  },
};

function keystoneApi(chart: Chart, own: IdentityFiles, apache?: ApachePart): ReturnType<typeof api> {
  return api(chart, {
    component: 'api',
    image: 'keystone',
    address: addresses.keystone,
    ...(apache ?? { command: uwsgiCommand(own.uwsgi.path) }),
    files: [own.service, ...(apache?.files ?? [own.uwsgi])],
    mounts: [...keyDirectories, ...(apache?.mounts ?? [])],
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
