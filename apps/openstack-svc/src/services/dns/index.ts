import type { CloudService } from '../../cloud/service.js';
import { worker } from '../../conventions/api/api.js';
import { joined } from '../../conventions/assemble.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { commandJob } from '../../conventions/jobs.js';
import { projectApi, projectService } from '../../conventions/project.js';
import { upgradeCheck } from '../../conventions/upgrades.js';
import { chartOf, replicasOf } from '../../render/chart.js';
import type { Workload } from '../../render/kubernetes.js';
import { networkPolicy, service } from '../../render/network.js';
import { disruptionBudget } from '../../render/workloads.js';
import { dnsFiles, mdnsHost, mdnsPort, poolHosts, poolUpdateScript } from './config.js';
import { powerDns } from './powerdns.js';
import { dnsProbe } from './probe.js';
import { dnsUpgrade } from './upgrade.js';

const workers = ['central', 'producer', 'worker', 'mdns'] as const;

/** Designate, and PowerDNS, which answers what it is told. */
export const dns: CloudService = {
  name: 'dns',
  project: 'designate',
  needs: ['identity'],
  credentials: () => [
    ...projectCredentials('designate', 'database', 'messaging', 'identity'),
    ...projectCredentials('powerdns', 'database'),
    { sort: 'key', name: 'powerdns-api', encoding: 'text', length: 32 },
  ],
  probe: dnsProbe,
  upgrade: dnsUpgrade,
  render: (cloud) => {
    const chart = chartOf(cloud, 'dns', 'designate');
    const { service: file, uwsgi, pools } = dnsFiles(chart);
    const server = projectApi(chart, 'designate', { service: file, uwsgi });
    const daemons = workers.map((component) =>
      worker(chart, {
        name: `designate-${component}`,
        component,
        image: 'designate',
        command: [`designate-${component}`, '--config-file', file.path],
        files: [file],
      }),
    );
    const manage = (component: string, ...verb: readonly string[]): Workload =>
      commandJob(chart, {
        name: `designate-${component}`,
        component,
        image: 'designate',
        files: [file, pools],
        command: ['designate-manage', '--config-file', file.path, ...verb],
      });
    const poolUpdate = poolUpdateScript(chart);
    const update = commandJob(chart, {
      name: 'designate-pool-update',
      component: 'pool-update',
      image: 'designate',
      files: [file, pools],
      scripts: [poolUpdate],
      command: [poolUpdate.path, ...poolHosts(cloud)],
    });
    const designate = projectService(chart, {
      project: 'designate',
      databases: ['designate'],
      usesMessaging: true,
      catalogue: [{ name: 'designate', type: 'dns', address: 'designate' }],
      files: [file, uwsgi, pools],
      front: [
        ...server.front,
        service(chart, { name: mdnsHost, component: 'mdns', ports: { mdns: mdnsPort, 'mdns-udp': mdnsPort } }),
        ...networkPolicy(chart, 'mdns', [{ ports: [mdnsPort], from: 'cloud' }]),
        ...workers.flatMap((each) => disruptionBudget(chart, each, replicasOf(chart, each))),
      ],
      schema: [manage('db-sync', 'database', 'sync')],
      workloads: [...daemons, server.workload],
      scripts: [poolUpdate],
      bootstrap: [{ job: update, files: [], scripts: [] }],
      onDemand: upgradeCheck(chart, 'designate', { reads: [file] }),
    });
    return joined(powerDns(cloud), designate);
  },
};
