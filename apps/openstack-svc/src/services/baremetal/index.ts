import type { CloudService } from '../../cloud/service.js';
import { keystoneAdmin, projectCredentials } from '../../conventions/credentials.js';
import { commandJob } from '../../conventions/jobs.js';
import { projectApi, projectService } from '../../conventions/project.js';
import { checkedFirst, upgradeCheck } from '../../conventions/upgrades.js';
import { chartOf } from '../../render/chart.js';
import type { Workload } from '../../render/kubernetes.js';
import { conductorFront, conductor, ironicCompute } from './conductor.js';
import { baremetalFiles } from './config.js';
import { agentImageJobs } from './agent-images.js';
import { networkJobs } from './network.js';
import { neutronAgent, neutronAgentFiles } from './neutron-agent.js';
import { baremetalProbe } from './probe.js';
import { provisioningPort } from './provisioning-port.js';

/** Ironic: whole machines as servers of the cloud. */
export const baremetal: CloudService = {
  name: 'baremetal',
  project: 'ironic',
  needs: ['identity', 'image', 'networking', 'compute'],
  credentials: () => [
    ...projectCredentials('ironic', 'database', 'messaging', 'identity'),
    ...projectCredentials('nova', 'messaging', 'identity'),
    ...projectCredentials('neutron', 'messaging'),
    keystoneAdmin,
  ],
  probe: baremetalProbe,
  upgrade: [
    checkedFirst,
    { name: 'db-sync', does: 'run', components: ['db-sync'] },
    { name: 'replace-conductor', does: 'replace', components: ['conductor'] },
    { name: 'replace-api', does: 'replace', components: ['api'] },
    { name: 'replace-compute', does: 'replace', components: ['compute-ironic'] },
    { name: 'replace-agent', does: 'replace', components: ['neutron-ironic-agent'] },
    { name: 'online-migrations', does: 'run', components: ['db-online-migrations'], closesWayBack: true },
  ],
  render: (cloud) => {
    const chart = chartOf(cloud, 'baremetal', 'ironic');
    const files = baremetalFiles(chart);
    const { service, uwsgi } = files;
    const agent = neutronAgentFiles(chart);
    const bound = provisioningPort(chart);
    const prepared = [...networkJobs(chart), ...agentImageJobs(chart)];
    const server = projectApi(chart, 'ironic', { service, uwsgi });
    const dbsync = (component: string, ...verb: readonly string[]): Workload =>
      commandJob(chart, {
        name: `ironic-${component}`,
        component,
        image: 'ironic',
        files: [service],
        command: ['ironic-dbsync', '--config-file', service.path, ...verb],
      });
    return projectService(chart, {
      project: 'ironic',
      databases: ['ironic'],
      usesMessaging: true,
      identity: { roles: ['baremetal_admin', 'baremetal_observer'] },
      catalogue: [{ name: 'ironic', type: 'baremetal', address: 'ironic' }],
      files: [...Object.values(files), ...agent, ...bound.files, ...prepared.flatMap((each) => each.files)],
      scripts: [...bound.scripts, ...prepared.flatMap((each) => each.scripts)],
      front: [...server.front, ...conductorFront(chart)],
      schema: [dbsync('db-sync', 'upgrade'), ...prepared.map(({ job }) => job)],
      workloads: [server.workload, conductor(chart, files), ironicCompute(chart, files), neutronAgent(chart, agent)],
      onDemand: [
        dbsync('db-online-migrations', 'online_data_migrations'),
        ...upgradeCheck(chart, 'ironic', { reads: [service] }),
      ],
    });
  },
};
