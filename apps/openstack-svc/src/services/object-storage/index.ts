import type { CloudService } from '../../cloud/service.js';
import { publicCertificate } from '../../conventions/api/public-tls.js';
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
  credentials: (cloud) => [...projectCredentials('ceph-rgw', 'identity'), ...publicCertificate(cloud)],
  upgrade: [],
  render: (cloud) => {
    const chart = chartOf(cloud, 'object-storage', 'ceph-rgw');
    const own = `https://${publicHost(cloud, addresses['ceph-rgw'].publicName)}`;
    const { external = own, internal = external } = cloud.ceph?.gateway ?? {};
    const swift = (base: string): string => `${base}/swift/v1/AUTH_%(project_id)s`;
    const endpoints = { public: swift(external), internal: swift(internal), admin: swift(internal) };
    const user = identityUserJob(chart, 'ceph-rgw', { roles: ['Swiftoperator', 'ResellerAdmin'] });
    const catalogue = registerJob(chart, 'ceph-rgw', 'ks-endpoints', {
      services: [{ name: 'swift', type: 'object-store', endpoints }],
    });
    return assemble(chart, {
      files: [],
      front: gatewayCredentials(chart),
      jobs: [user, catalogue],
      stages: [['catalogue', 'complete', [user.job, catalogue.job]]],
    });
  },
};
