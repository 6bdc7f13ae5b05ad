import type { CloudService } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';
import { assemble } from '../../conventions/assemble.js';
import { projectCredentials } from '../../conventions/credentials.js';
import { identityUserJob, registerJob } from '../../conventions/jobs.js';
import { chartOf, publicHost } from '../../render/chart.js';
import { gatewayCredentials } from './accounts.js';

/** Objects in Ceph: its gateway speaks Swift and S3; the cloud gives it a user and a place in the catalogue. */
export const objectStorage: CloudService = {
  name: 'object-storage',
  project: 'ceph-rgw',
  needs: ['identity'],
  credentials: () => projectCredentials('ceph-rgw', 'identity'),
  upgrade: [],
  render: (cloud) => {
    const chart = chartOf(cloud, 'object-storage', 'ceph-rgw');
    const url = `https://${publicHost(cloud, addresses['ceph-rgw'].publicName)}/swift/v1/AUTH_%(project_id)s`;
    const user = identityUserJob(chart, 'ceph-rgw', { roles: ['Swiftoperator', 'ResellerAdmin'] });
    const catalogue = registerJob(chart, 'ceph-rgw', 'ks-endpoints', {
      services: [{ name: 'swift', type: 'object-store', endpoints: { public: url, internal: url, admin: url } }],
    });
    return assemble(chart, {
      files: [],
      front: gatewayCredentials(chart),
      jobs: [user, catalogue],
      stages: [['catalogue', 'complete', [user.job, catalogue.job]]],
    });
  },
};
