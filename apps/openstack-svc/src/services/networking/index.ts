import type { CloudService, Prerequisite } from '../../cloud/service.js';
import { assemble, joined } from '../../conventions/assemble.js';
import { catalogueJob, databaseInitJob, identityUserJob, messagingInitJob } from '../../conventions/jobs.js';
import { namespaces } from '../../names.js';
import { chartOf } from '../../render/chart.js';
import { networkingCredentials } from './accounts.js';
import { backendOf, isOvn } from './backend.js';
import { floatingNetworkJobs } from './bootstrap.js';
import { serverFiles } from './config.js';
import { openVSwitch } from './agents/openvswitch.js';
import { agents } from './agents/agents.js';
import { northboundRefillJob } from './ovn/database-sync.js';
import { ovnAgents, ovnDatabases } from './ovn/ovn.js';
import { migrationParts } from './migration.js';
import { portproberFront } from './agents/portprober.js';
import { networkingProbe } from './probe.js';
import { routeReflectorFront } from './agents/route-reflector.js';
import { schemaJob } from './schema.js';
import { networkingUpgrade } from './upgrade.js';
import { server, serverCheck } from './workloads.js';

/** Its API is the back end that neutron's plug-in talks to. */
const openSdn: Prerequisite = {
  kind: 'Secret',
  namespace: namespaces.sdn,
  name: 'ost-data',
  message: 'OpenSDN has not handed over where its API is: see the TFOperator.',
};

/** Neutron, and the switches and databases that make its networks real. */
export const networking: CloudService = {
  name: 'networking',
  project: 'neutron',
  needs: ['identity'],
  credentials: networkingCredentials,
  probe: networkingProbe,
  upgrade: networkingUpgrade,
  render: (cloud) => {
    const chart = chartOf(cloud, 'networking', 'neutron');
    const backend = backendOf(cloud);
    const files = serverFiles(chart);
    const jobs = {
      database: databaseInitJob(chart, 'neutron', ['neutron']),
      messaging: messagingInitJob(chart, 'neutron'),
      user: identityUserJob(chart, 'neutron'),
      catalogue: catalogueJob(chart, 'neutron', [{ name: 'neutron', type: 'network', address: 'neutron' }]),
    };
    const floating = floatingNetworkJobs(chart);
    const api = server(chart, files);
    const migration = cloud.migration === undefined ? undefined : migrationParts(cloud, cloud.migration, files);
    const own = migration ?? (backend === 'ml2' ? agents(cloud) : backend === 'ml2/ovn' ? ovnAgents(cloud) : undefined);
    const hasServer = migration?.hasServer !== false;
    const neutron = assemble(chart, {
      files: [...files.common, ...files.apiOnly, ...(own?.files ?? [])],
      scripts: own?.scripts ?? [],
      front: [
        ...api.front,
        ...routeReflectorFront(chart),
        ...portproberFront(chart),
        ...(hasServer && isOvn(cloud) ? [northboundRefillJob(chart, files)] : []),
      ],
      jobs: [...Object.values(jobs), ...floating],
      stages: [
        ['accounts', 'complete', [jobs.database.job, jobs.messaging.job, jobs.user.job]],
        ['schema', 'complete', [schemaJob(chart, files, 'db-sync', ['heads'])]],
        ['migration', 'complete', migration?.jobs ?? []],
        ['workloads', 'ready', hasServer ? api.workloads : []],
        ['catalogue', 'complete', [jobs.catalogue.job]],
        ['agents', 'ready', own?.daemonSets ?? []],
        ['bootstrap', 'complete', hasServer ? floating.map(({ job }) => job) : []],
        ['migrated', 'applied', migration === undefined ? [] : [migration.marker]],
      ],
      onDemand: [
        schemaJob(chart, files, 'db-sync-expand', ['--expand']),
        schemaJob(chart, files, 'db-sync-contract', ['--contract']),
        ...serverCheck(chart, files),
      ],
    });
    if (backend === 'tungstenfabric') return cloud.sdn === undefined ? { ...neutron, lacks: openSdn } : neutron;
    const switches = openVSwitch(cloud);
    return backend === 'ml2/ovn' ? joined(switches, ovnDatabases(cloud), neutron) : joined(switches, neutron);
  },
};
