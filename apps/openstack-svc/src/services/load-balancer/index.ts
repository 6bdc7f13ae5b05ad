import type { CloudService } from '../../cloud/service.js';
import { commandJob } from '../../conventions/jobs.js';
import { projectService } from '../../conventions/project.js';
import { checkedFirst, schemaThen, upgradeCheck } from '../../conventions/upgrades.js';
import { chartOf, replicasOf } from '../../render/chart.js';
import { disruptionBudget } from '../../render/workloads.js';
import { isOvn } from '../networking/backend.js';
import { addressesScript } from '../networking/ovn/addresses.js';
import { loadBalancerCredentials } from './accounts.js';
import { loadBalancerApi } from './api.js';
import { certificateFiles, loadBalancerFiles, usesAmphorae } from './config.js';
import { controller, controllers } from './controllers.js';
import { healthManagers } from './health-manager.js';
import { loadBalancerProbe } from './probe.js';
import { resourceScripts } from './scripts.js';

/** Octavia: load balancers in servers of its own (amphorae), in OVN, or in OpenSDN. */
export const loadBalancer: CloudService = {
  name: 'load-balancer',
  project: 'octavia',
  needs: ['identity', 'networking', 'compute', 'image', 'redis'],
  credentials: loadBalancerCredentials,
  probe: loadBalancerProbe,
  upgrade: [checkedFirst, ...schemaThen('api', 'worker', 'housekeeping', 'health-manager')],
  render: (cloud) => {
    const chart = chartOf(cloud, 'load-balancer', 'octavia');
    const files = loadBalancerFiles(chart);
    const { service, uwsgi, clouds } = files;
    const certificates = usesAmphorae(chart) ? certificateFiles(chart) : [];
    const scripts = resourceScripts(chart);
    const [create] = scripts;
    const amphorae = usesAmphorae(chart);
    const server = loadBalancerApi(chart, files, certificates);
    const schema = commandJob(chart, {
      name: 'octavia-db-sync',
      component: 'db-sync',
      image: 'octavia',
      files: [service],
      command: ['sh', '-ec', dbSync(service.path)],
    });
    const managers = amphorae ? healthManagers(cloud) : { daemonSets: [], files: [] };
    const resources = commandJob(chart, {
      name: 'octavia-create-resources',
      component: 'create-resources',
      image: 'octavia',
      files: [files.resources, clouds],
      scripts: [create],
      command: [create.path],
    });
    return projectService(chart, {
      project: 'octavia',
      databases: ['octavia', 'octavia_persistence'],
      usesMessaging: true,
      identity: {
        roles: [
          'load-balancer_observer',
          'load-balancer_global_observer',
          'load-balancer_member',
          'load-balancer_admin',
        ],
      },
      catalogue: [{ name: 'octavia', type: 'load-balancer', address: 'octavia' }],
      files: [service, uwsgi, clouds, files.resources, ...certificates, ...managers.files],
      scripts: isOvn(cloud) ? [...scripts, addressesScript(chart)] : scripts,
      front: [
        ...server.front,
        ...(amphorae ? controllers : []).flatMap((each) => disruptionBudget(chart, each, replicasOf(chart, each))),
      ],
      schema: [schema, ...(amphorae ? [resources] : [])],
      workloads: [
        server.workload,
        ...(amphorae ? controllers.map((each) => controller(chart, each, files)) : []),
        ...managers.daemonSets,
      ],
      onDemand: upgradeCheck(chart, 'octavia', { reads: [service], beside: certificates }),
    });
  },
};

function dbSync(path: string): string {
  return [
    `octavia-db-manage --config-file ${path} upgrade head`,
    `octavia-db-manage --config-file ${path} upgrade_persistence`,
  ].join('\n');
}
