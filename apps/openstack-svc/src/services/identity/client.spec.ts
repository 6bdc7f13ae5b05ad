import { expect, it } from '@jest/globals';
import type { Deployment, Secret } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { aSpec, renderedService } from '../../cloud/cloud.fixtures.js';

it('operators find the openstack command in deploy/keystone-client, logged in and following rotations', () => {
  const objects = renderedService('identity', aSpec()).stages.flatMap((stage) => stage.objects);
  const client = objects.find(({ metadata }) => metadata.name === 'keystone-client') as Deployment | undefined;
  const secret = objects.find(({ metadata }) => metadata.name === 'keystone-os-clouds');
  expect(client).toMatchObject({ kind: 'Deployment', metadata: { namespace: 'openstack' }, spec: { replicas: 1 } });
  const { containers, volumes } = (client?.spec?.template?.spec ?? {}) as Readonly<Record<string, unknown>>;
  // The whole Secret: a mounted file of it would keep the password of before.
  expect(containers).toMatchObject([
    {
      env: [{ name: 'OS_CLOUD', value: 'admin' }],
      volumeMounts: [{ mountPath: '/etc/openstack' }],
      image: expect.stringContaining('openstackclient'),
    },
  ]);
  expect(volumes).toMatchObject([{ secret: { secretName: 'keystone-os-clouds' } }]);
  expect(textIn(secret as Secret, 'clouds.yaml')).toContain('admin-system:');
});
