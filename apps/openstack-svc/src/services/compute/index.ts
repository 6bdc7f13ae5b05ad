import type { CloudService } from '../../cloud/service.js';
import { assemble, joined } from '../../conventions/assemble.js';
import { catalogueJob, databaseInitJob, identityUserJob, messagingInitJob } from '../../conventions/jobs.js';
import { chartOf } from '../../render/chart.js';
import { computeCredentials } from './accounts.js';
import { controlFiles } from './config.js';
import { libvirt } from './libvirt.js';
import { computeProbe } from './probe.js';
import { cellStages, discoverHosts, novaManage } from './schema.js';
import { computeUpgrade } from './upgrade.js';
import { computes } from './nova-compute.js';
import { vncProxyFiles } from './vnc-tls.js';
import { controlPlane, rowsCleanup } from './workloads.js';

/** Nova and the hypervisors under it. */
export const compute: CloudService = {
  name: 'compute',
  project: 'nova',
  needs: ['identity', 'image', 'placement'],
  credentials: computeCredentials,
  probe: computeProbe,
  upgrade: computeUpgrade,
  render: (cloud) => {
    const chart = chartOf(cloud, 'compute', 'nova');
    const files = controlFiles(chart);
    const jobs = {
      database: databaseInitJob(chart, 'nova', ['nova', 'nova_api', 'nova_cell0']),
      messaging: messagingInitJob(chart, 'nova'),
      user: identityUserJob(chart, 'nova'),
      catalogue: catalogueJob(chart, 'nova', [{ name: 'nova', type: 'compute', address: 'nova' }]),
    };
    const control = controlPlane(chart, files);
    const hypervisors = libvirt(cloud);
    const agents = computes(cloud);
    const nova = assemble(chart, {
      files: [...Object.values(files), ...vncProxyFiles(chart), ...agents.files],
      scripts: agents.scripts,
      front: [...control.front, ...rowsCleanup(chart, files.service)],
      jobs: Object.values(jobs),
      stages: [
        ['accounts', 'complete', [jobs.database.job, jobs.messaging.job, jobs.user.job]],
        ...cellStages(chart, files.service),
        ['catalogue', 'complete', [jobs.catalogue.job]],
        ['control-plane', 'ready', control.workloads],
        ['computes', 'ready', agents.daemonSets],
        ['bootstrap', 'complete', [discoverHosts(chart, files.service)]],
      ],
      onDemand: [
        novaManage(chart, files.service, 'db-online-migrations', ['db', 'online_data_migrations']),
        novaManage(chart, files.service, 'upgrade-check', undefined),
      ],
    });
    return joined(hypervisors, nova);
  },
};
