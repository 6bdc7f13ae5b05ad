import type { ConfigFile } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';
import { api, type Api, type ApiPart } from '../../conventions/api/api.js';
import { uwsgiCommand } from '../../conventions/api/uwsgi.js';
import type { Chart } from '../../render/chart.js';
import { emptyDirectory } from '../../render/pod.js';
import { isOvn } from '../networking/backend.js';
import { configFlags } from '../networking/config.js';
import { addressesScript, addressFlags, withOvnAddresses } from '../networking/ovn/addresses.js';
import { ovnOrders } from '../networking/ovn/clusters.js';
import type { LoadBalancerFiles } from './config.js';

/** The API, which calls the providers itself. */
export function loadBalancerApi(chart: Chart, files: LoadBalancerFiles, certificates: readonly ConfigFile[]): Api {
  const { service, uwsgi } = files;
  const command = uwsgiCommand(uwsgi.path);
  const part: ApiPart = {
    component: 'api',
    image: 'octavia',
    address: addresses.octavia,
    command,
    files: [service, uwsgi, ...certificates],
  };
  return api(chart, isOvn(chart.cloud) ? withOvn(chart, part, service) : part);
}

/**
 * OVN's provider talks to the databases from within the API, and from an agent beside it that hears what changes there; the two
 * meet at sockets of their pod. https://docs.openstack.org/ovn-octavia-provider/latest/admin/driver.html
 */
function withOvn(chart: Chart, part: ApiPart, service: ConfigFile): ApiPart {
  const agent = ['octavia-driver-agent', ...configFlags([service]), ...addressFlags];
  return {
    ...part,
    ...withOvnAddresses(chart.cloud, part.command),
    scripts: [addressesScript(chart)],
    mounts: [emptyDirectory('run-octavia', '/var/run/octavia'), ovnOrders],
    beside: [
      { name: 'octavia-driver-agent', image: 'octavia', weight: 'agent', ...withOvnAddresses(chart.cloud, agent) },
    ],
  };
}
