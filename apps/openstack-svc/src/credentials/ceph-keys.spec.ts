import { describe, expect, test } from '@jest/globals';
import type { Secret } from '@keelson/api';
import { cephAccessIn } from './ceph-keys.js';

const secret = (text: Readonly<Record<string, string>>): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'openstack-ceph-keys' },
  data: Object.fromEntries(Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});

describe('what the storage hands over', () => {
  test('is read as it is written: monitors with or without names, clients with their pools', () => {
    expect(
      cephAccessIn(
        secret({
          mon_endpoints: 'a=10.0.0.1:6789,10.0.0.2:6789',
          cinder: 'client.cinder;AQ==;volumes-hdd:volumes:hdd;backup-hdd:backup:hdd;',
        }),
      ),
    ).toEqual({
      monitors: ['10.0.0.1:6789', '10.0.0.2:6789'],
      clients: {
        cinder: {
          user: 'cinder',
          key: 'AQ==',
          pools: [
            { name: 'volumes-hdd', role: 'volumes', deviceClass: 'hdd' },
            { name: 'backup-hdd', role: 'backup', deviceClass: 'hdd' },
          ],
        },
      },
    });
  });

  test('has the URLs of its object gateway, without slashes at their end', () => {
    const rgw = { rgw_internal: 'https://rook-ceph-rgw-store.rook-ceph.svc:8443/', rgw_external: 'rgw.example.org' };
    expect(cephAccessIn(secret({ mon_endpoints: 'm:1', ...rgw }))?.gateway).toEqual({
      internal: 'https://rook-ceph-rgw-store.rook-ceph.svc:8443',
      external: 'https://rgw.example.org',
    });
    expect(cephAccessIn(secret({ mon_endpoints: 'm:1', rgw_external: 'http://r' }))?.gateway).toEqual({
      external: 'http://r',
    });
  });

  test('is nothing before there are monitors, and no client before it has a key', () => {
    expect(cephAccessIn(undefined)).toBeUndefined();
    expect(cephAccessIn(secret({ cinder: 'client.cinder;k;' }))).toBeUndefined();
    expect(cephAccessIn(secret({ mon_endpoints: 'm:1', glance: 'client.glance;;' }))?.clients).toEqual({});
  });
});
