import { trusting } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import { internalUrl } from '../../conventions/addresses.js';
import { administratorProject, sharedCredentials } from '../../conventions/credentials.js';
import type { Chart } from '../../render/chart.js';
import { iniFile } from '../../render/files.js';

/** Tests of services that the cloud does not have are skipped. */
export function tempestFile(chart: Chart, has: (service: string) => boolean): ConfigFile {
  const { secrets, spec } = chart.cloud;
  const { username, password } = secrets.user(sharedCredentials.keystoneAdmin);
  const region = spec.region_name;
  return iniFile(
    chart,
    { path: '/etc/tempest/tempest.conf', values: ['tempest'] },
    {
      auth: {
        use_dynamic_credentials: true,
        admin_username: username,
        admin_password: password,
        admin_project_name: administratorProject(spec),
        admin_domain_name: 'Default',
      },
      identity: {
        auth_version: 'v3',
        uri_v3: `${internalUrl(chart.cloud, 'keystone')}/v3`,
        region,
        v3_endpoint_type: 'internalURL',
        ...trusting(chart.cloud, 'ca_certificates_file'),
      },
      service_available: {
        cinder: has('block-storage'),
        glance: has('image'),
        neutron: has('networking'),
        nova: has('compute'),
        heat: has('orchestration'),
        horizon: has('dashboard'),
        swift: has('object-storage'),
        // Those of plug-ins, some of which take a service for there unless they are told otherwise.
        aodh: has('alarming'),
        barbican: has('key-manager'),
        designate: has('dns'),
        ironic: has('baremetal'),
        load_balancer: has('load-balancer'),
        manila: has('shared-file-system'),
      },
      compute: { endpoint_type: 'internal', min_compute_nodes: 1 },
      network: { endpoint_type: 'internal' },
      volume: { endpoint_type: 'internal' },
      image: { endpoint_type: 'internal' },
      oslo_concurrency: { lock_path: '/var/lib/tempest/data/locks' },
    },
  );
}
