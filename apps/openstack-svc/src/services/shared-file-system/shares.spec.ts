import { describe, expect, test } from '@jest/globals';
import { aFiler, aSpec, type CloudOptions, fileOf, renderedService, someCeph } from '../../cloud/cloud.fixtures.js';

const of = (backends: Readonly<Record<string, unknown>>, options: CloudOptions = {}) =>
  renderedService(
    'shared-file-system',
    aSpec({ features: { services: ['shared-file-system'], manila: { share: { backends } } } }),
    options,
  );
type Service = ReturnType<typeof of>;
const objects = ({ stages }: Service) => stages.flatMap((stage) => stage.objects);
const sets = (service: Service): readonly string[] =>
  objects(service)
    .filter(({ kind }) => kind === 'StatefulSet')
    .map(({ metadata }) => metadata.name);
const fileIn = (service: Service, set: string): unknown => fileOf(service, `${set}-etc`, 'manila.conf').parsed;

const cephFsDriver = 'manila.share.drivers.cephfs.driver.CephFSDriver';
const { manila: _, ...others } = someCeph.clients;
const noCephFs = { ...someCeph, clients: others };

describe('back ends of shares', () => {
  test('CephFS is there by itself, and stays where another stands beside it', () => {
    expect(sets(of({}, { ceph: someCeph }))).toEqual(['manila-share']);
    const beside = of({ filer: aFiler }, { ceph: someCeph });
    expect(sets(beside)).toEqual(['manila-share', 'manila-share-filer']);
    expect(fileIn(beside, 'manila-share')).toMatchObject({
      DEFAULT: { host: 'manila-share', enabled_share_backends: ['cephfs'] },
      cephfs: { share_driver: cephFsDriver, cephfs_auth_id: 'manila' },
    });
    expect(JSON.stringify(objects(beside))).toContain("--extra-specs 'share_backend_name=cephfs'");
  });

  test('it waits for a client of its own only where there is no other', () => {
    expect(sets(of({ filer: aFiler }, { ceph: noCephFs }))).toEqual(['manila-share-filer']);
    expect(() => of({}, { ceph: noCephFs })).toThrow('does not name a client for manila yet');
  });

  test('a declared CephFS takes its place, with what the spec leaves out', () => {
    const values = { conf: { manila: { fs: { share_driver: cephFsDriver, share_backend_name: 'FS' } } } };
    const service = of({ fs: { values } }, { ceph: someCeph });
    expect(sets(service)).toEqual(['manila-share-fs']);
    expect(fileIn(service, 'manila-share-fs')).toMatchObject({
      fs: { share_backend_name: 'FS', cephfs_auth_id: 'manila', driver_handles_share_servers: false },
    });
    const [set] = objects(service).filter(({ kind }) => kind === 'StatefulSet');
    expect(JSON.stringify(set)).toContain('/etc/ceph/ceph.client.manila.keyring');
  });

  test('the values of a back end are those of its own pods', () => {
    const service = of({ filer: aFiler });
    const [set] = objects(service).filter(({ kind }) => kind === 'StatefulSet');
    const terms = [{ matchExpressions: [{ key: 'storage-network', operator: 'In', values: ['enabled'] }] }];
    expect(set).toMatchObject({
      metadata: { labels: { application: 'manila', component: 'share-filer' } },
      spec: {
        replicas: 2,
        template: {
          spec: {
            containers: [{ image: 'mirror.example.org/manila-with-sdk:1' }],
            affinity: {
              nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
            },
          },
        },
      },
    });
    expect(fileIn(service, 'manila-share-filer')).toMatchObject({
      DEFAULT: { host: 'manila-share-filer', enabled_share_backends: ['vendor'] },
      vendor: { share_backend_name: 'vendor' },
    });
  });
});
