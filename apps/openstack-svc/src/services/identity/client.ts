import { entranceSecretName } from '@keelson/mosk';
import type { Chart } from '../../render/chart.js';
import type { Workload } from '../../render/kubernetes.js';
import { deployment } from '../../render/workloads.js';

/**
 * Where operators and their scripts call the `openstack` command: `kubectl -n openstack exec deploy/keystone-client -- …`. It has the
 * clouds `admin` and `admin-system`, and follows a rotation by itself, since the whole Secret is mounted.
 *
 * Source: reference/mosk-api/client-contract.md, `deploy/keystone-client`.
 */
export function keystoneClient(chart: Chart): Workload {
  const volume = { name: entranceSecretName, secret: { secretName: entranceSecretName, defaultMode: 0o444 } };
  return deployment(chart, {
    name: 'keystone-client',
    component: 'client',
    roles: ['controller'],
    defaultReplicas: 1,
    graceSeconds: 1,
    mounts: [{ volume, path: '/etc/openstack', readOnly: true }],
    containers: [
      {
        name: 'keystone-client',
        image: 'openstackclient',
        command: ['sleep', 'infinity'],
        env: [{ name: 'OS_CLOUD', value: 'admin' }],
      },
    ],
  });
}
