import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { showCloud } from './show.js';

const example = readFileSync(
  join(import.meta.dirname, '../../../../examples/first-cloud/openstackdeployment.yaml'),
  'utf8',
);

describe('showing what a deployment makes', () => {
  test('the example: every service, files as data, credentials as the names of their secrets', () => {
    const cloud = showCloud(example);
    expect(cloud.services.map(({ service }) => service)).toEqual(
      expect.arrayContaining(['identity', 'compute', 'networking', 'block-storage']),
    );
    const [identity] = showCloud(example, { service: 'identity' }).services;
    expect(identity?.files.find(({ file }) => file === '/etc/keystone/keystone.conf')).toMatchObject({
      secret: 'keystone-etc',
      format: 'ini',
      content: {
        token: { provider: 'fernet' },
        database: { connection: expect.stringContaining('(secret.generated-keystone-database.password)') },
      },
    });
    expect(JSON.stringify(identity?.stages)).toContain('(secret.generated-keystone-fernet-0.value)');
  });

  test('with Ceph images and volumes go there', () => {
    const [image] = showCloud(example, { service: 'image', ceph: true }).services;
    expect(image?.files.find(({ key }) => key === 'glance-api.conf')?.content).toMatchObject({
      rbd: { rbd_store_pool: 'images-hdd' },
    });
  });

  test.each([
    ['{', 'neither YAML nor JSON'],
    ['kind: Deployment', 'kind: must be OpenStackDeployment'],
    [example.replace('preset: ', 'preset: no-'), 'spec.preset'],
    [example.replace('openstack_version: ', 'openstack_version: no-'), 'spec.openstack_version'],
  ])('a mistake is named: %#', (text, message) => {
    expect(() => showCloud(text)).toThrow(message);
  });

  test('a service that the cloud lacks is refused with those that it has', () => {
    expect(() => showCloud(example, { service: 'metering' })).toThrow('It has: ');
  });
});
