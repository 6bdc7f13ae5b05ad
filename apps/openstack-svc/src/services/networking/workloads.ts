import type { KubeObject } from '@keelson/api';
import { addresses } from '../../conventions/addresses.js';
import { apiFront, forgotten, worker } from '../../conventions/api/api.js';
import { withAudit } from '../../conventions/api/audit.js';
import { reachedAt, tlsProxy } from '../../conventions/api/tls-proxy.js';
import { upgradeCheck } from '../../conventions/upgrades.js';
import { uwsgiCommand } from '../../conventions/api/uwsgi.js';
import type { Chart } from '../../render/chart.js';
import type { Workload } from '../../render/kubernetes.js';
import { daemonSets } from '../../render/node-sets.js';
import type { ContainerPart, PodPart } from '../../render/pod.js';
import { deployment } from '../../render/workloads.js';
import { isOvn } from './backend.js';
import { ovnOrders } from './ovn/clusters.js';
import { configFlags, type ServerFiles } from './config.js';
import { addressesScript, addressFlags, readingClusters, withOvnAddresses } from './ovn/addresses.js';

const component = 'server';

/** The API. With OVN every controller has one, so that hash rings and maintenance know their members by node. */
export function server(
  chart: Chart,
  files: ServerFiles,
): { workloads: readonly Workload[]; front: readonly KubeObject[] } {
  const { neutronServerIsSplit: isSplit } = chart.cloud.release.facts;
  const pod = serverPod(chart, files);
  const api = isOvn(chart.cloud)
    ? daemonSets(chart.cloud, (cloud) => ({ chart: { ...chart, cloud }, part: { ...pod, name: 'neutron-server' } }))
        .daemonSets
    : [deployment(chart, { ...pod, name: 'neutron-server' })];
  return {
    workloads: [...api, ...(isSplit ? splitWorkers(chart, files) : [])],
    front: apiFront(chart, { component, address: addresses.neutron, isPublic: true, replicasKey: component }),
  };
}

function serverPod(chart: Chart, { common, uwsgi, apiOnly }: ServerFiles): PodPart {
  const { port } = addresses.neutron;
  const pod = withAudit(chart, 'neutron', {
    component,
    roles: ['controller'],
    files: [...common, ...apiOnly],
    scripts: isOvn(chart.cloud) ? [addressesScript(chart)] : [],
    graceSeconds: 60,
    containers: [
      {
        name: 'neutron-server',
        image: 'neutron',
        ...launched(
          chart,
          uwsgi === undefined ? ['neutron-server', ...flagsOf(chart, common)] : uwsgiCommand(uwsgi.path),
        ),
        weight: 'api',
        beforeStop: forgotten,
        ...reachedAt(chart, port),
      },
      ...tlsProxy(chart, port),
    ],
  });
  return isOvn(chart.cloud) ? readingClusters(pod) : pod;
}

function flagsOf({ cloud }: Chart, files: ServerFiles['common']): readonly string[] {
  return [...configFlags(files), ...(isOvn(cloud) ? addressFlags : [])];
}

function launched({ cloud }: Chart, command: readonly string[]): Pick<ContainerPart, 'command' | 'env'> {
  return isOvn(cloud) ? withOvnAddresses(cloud, command) : { command };
}

/** Asks OVN's databases too, where there are any. */
export function serverCheck(chart: Chart, { common }: ServerFiles): readonly KubeObject[] {
  const launch = (command: readonly string[]): ReturnType<typeof launched> => launched(chart, command);
  const ovn = { flags: addressFlags, scripts: [addressesScript(chart)], mounts: [ovnOrders], launched: launch };
  return upgradeCheck(chart, 'neutron', { reads: common, ...(isOvn(chart.cloud) ? ovn : {}) });
}

/** What used to be threads of neutron-server. */
function splitWorkers(chart: Chart, { common }: ServerFiles): Workload[] {
  const process = (name: string, program: string): Workload =>
    worker(chart, {
      name: `neutron-${name}`,
      component: name,
      image: 'neutron',
      ...launched(chart, [program, ...flagsOf(chart, common)]),
      scripts: isOvn(chart.cloud) ? [addressesScript(chart)] : [],
      mounts: isOvn(chart.cloud) ? [ovnOrders] : [],
      files: common,
    });
  return [
    process('rpc-server', 'neutron-rpc-server'),
    process('periodic-workers', 'neutron-periodic-workers'),
    ...(isOvn(chart.cloud) ? [process('ovn-maintenance-worker', 'neutron-ovn-maintenance-worker')] : []),
  ];
}
