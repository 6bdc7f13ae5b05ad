import { describe, expect, test } from '@jest/globals';
import {
  anArray,
  aSpec,
  type CloudOptions,
  fileOf,
  renderedService,
  someCeph,
  type SpecOptions,
} from '../../cloud/cloud.fixtures.js';

const of = (features: Readonly<Record<string, unknown>>, more: SpecOptions = {}, options: CloudOptions = {}) =>
  renderedService('block-storage', aSpec({ ...more, features: { services: ['block-storage'], ...features } }), options);
const onCeph = (volume: object, more: SpecOptions = {}) => of({ cinder: { volume } }, more, { ceph: someCeph });
const names = (service: ReturnType<typeof of>) =>
  service.stages.flatMap(({ objects }) => objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
const types = (service: ReturnType<typeof of>): readonly string[] =>
  [...JSON.stringify(service.stages).matchAll(/openstack volume type create [^\\]*/gu)].map(([line]) => line);
const sets = (service: ReturnType<typeof of>): readonly string[] =>
  names(service).filter((name) => name.startsWith('StatefulSet/'));
const objectOf = (service: ReturnType<typeof of>, id: string): unknown =>
  service.stages.flatMap(({ objects }) => objects).find(({ kind, metadata }) => `${kind}/${metadata.name}` === id);

describe('back ends of volumes', () => {
  test('without one there are scheduler and API, and nothing that would fail', () => {
    expect(names(of({})).filter((name) => name.includes('volume') || name.includes('backup'))).toEqual([]);
  });

  test('an array is what its sections say, with a volume type to choose it by', () => {
    const values = {
      conf: {
        cinder: { nfs: { volume_driver: 'cinder.volume.drivers.nfs.NfsDriver', nas_secure_file_permissions: false } },
      },
    };
    const service = of({ cinder: { volume: { backends: { array: { values } } } } });
    expect(fileOf(service, 'cinder-volume-array-etc', 'cinder.conf').parsed).toMatchObject({
      DEFAULT: { enabled_backends: ['nfs'] },
      nfs: { volume_backend_name: 'nfs', backend_host: 'array:nfs', nas_secure_file_permissions: false },
    });
    expect(names(service)).toEqual(
      expect.arrayContaining(['StatefulSet/cinder-volume-array', 'Job/cinder-create-volume-types']),
    );
  });

  test('a back end without a driver is refused by name', () => {
    expect(() => of({ cinder: { volume: { backends: { array: { values: {} } } } } })).toThrow(
      'spec.features.cinder.volume.backends.array.values.conf.cinder: no section has a volume_driver',
    );
  });

  test('a volume group runs on the node that has it, and on no other', () => {
    const lvm = { features: { cinder: { volume: { backends: { local: { lvm: { volume_group: 'vg1' } } } } } } };
    const service = of({}, { nodes: { 'kubernetes.io/hostname::cmp-1': lvm } });
    expect(names(service).filter((name) => name.startsWith('DaemonSet/'))).toEqual([
      'DaemonSet/cinder-volume-lvm-cmp-1',
    ]);
    expect(fileOf(service, 'cinder-volume-lvm-etc-cmp-1', 'cinder.conf').parsed).toMatchObject({
      local: { volume_group: 'vg1' },
    });
  });

  test('each pool of Ceph for volumes is a back end by its own name, and the first is where volumes go', () => {
    const service = onCeph({});
    expect(fileOf(service, 'cinder-volume-etc', 'cinder.conf').parsed).toMatchObject({
      DEFAULT: { enabled_backends: ['volumes-hdd', 'volumes-fast-ssd'] },
      'volumes-hdd': { rbd_pool: 'volumes-hdd', backend_host: 'rbd:volumes-hdd', rbd_user: 'cinder' },
      'volumes-fast-ssd': { rbd_pool: 'volumes-fast-ssd', volume_backend_name: 'volumes-fast-ssd' },
    });
    expect(fileOf(service, 'cinder-etc', 'cinder.conf').parsed).toMatchObject({
      DEFAULT: { default_volume_type: 'volumes-hdd' },
    });
    expect(types(service)).toEqual([
      "openstack volume type create --public --property 'volume_backend_name=volumes-hdd' 'volumes-hdd'",
      "openstack volume type create --public --property 'volume_backend_name=volumes-fast-ssd' 'volumes-fast-ssd'",
    ]);
  });

  test('an array stands beside Ceph, which stays as it is', () => {
    const [alone, beside] = [onCeph({}), onCeph({ backends: { array: anArray } })];
    expect(sets(beside)).toEqual(['StatefulSet/cinder-volume', 'StatefulSet/cinder-volume-array']);
    expect(objectOf(beside, 'StatefulSet/cinder-volume')).toEqual(objectOf(alone, 'StatefulSet/cinder-volume'));
    expect(beside.files.filter(({ secret }) => secret === 'cinder-volume-array-etc').map(({ path }) => path)).toEqual([
      '/etc/cinder/cinder.conf',
      '/etc/ssl/openstack/internal-ca.crt',
    ]);
    expect(types(beside).slice(-1)).toEqual([
      "openstack volume type create --public --property 'volume_backend_name=FLASH' 'FLASH'",
    ]);
  });

  test('the volumes of Ceph are turned off, and what is declared is not', () => {
    const asked = {
      services: { 'block-storage': { cinder: { values: { conf: { DEFAULT: { default_volume_type: 'FLASH' } } } } } },
    };
    const service = onCeph({ enabled: false, backends: { array: anArray } }, asked);
    expect(sets(service)).toEqual(['StatefulSet/cinder-volume-array']);
    expect(types(service)).toHaveLength(1);
    expect(fileOf(service, 'cinder-etc', 'cinder.conf').parsed).toMatchObject({
      DEFAULT: { default_volume_type: 'FLASH' },
    });
  });

  test('the values of a back end are those of its own pods: image, place, number, resources, options', () => {
    const service = of({ cinder: { volume: { backends: { array: anArray } } } });
    const container = {
      name: 'cinder-volume',
      image: 'mirror.example.org/cinder-with-sdk:1',
      resources: { limits: { memory: '1Gi' } },
    };
    const storageNodes = [{ matchExpressions: [{ key: 'storage-network', operator: 'In', values: ['enabled'] }] }];
    expect(objectOf(service, 'StatefulSet/cinder-volume-array')).toMatchObject({
      metadata: { labels: { application: 'cinder', component: 'volume-array' } },
      spec: {
        replicas: 2,
        serviceName: 'cinder-volume-array',
        template: {
          spec: {
            containers: [container],
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: storageNodes },
              },
            },
          },
        },
      },
    });
    expect(objectOf(service, 'Service/cinder-volume-array')).toMatchObject({ spec: { clusterIP: 'None' } });
    expect(fileOf(service, 'cinder-volume-array-etc', 'cinder.conf').parsed).toMatchObject({
      DEFAULT: { enabled_backends: 'flash', state_path: '/var/lib/cinder' },
      flash: { volume_backend_name: 'FLASH', backend_host: 'array:flash' },
    });
    expect(objectOf(service, 'Deployment/cinder-scheduler')).not.toMatchObject({
      spec: { template: { spec: { containers: [{ image: container.image }] } } },
    });
  });

  test('a name that Kubernetes does not take, or another workload has, gets a hash; no type where none is wanted', () => {
    const array = { ...anArray, create_volume_type: false };
    const service = of({ cinder: { volume: { backends: { Pure_Storage: array, lvm: array } } } });
    expect(sets(service)).toEqual([
      expect.stringMatching(/^StatefulSet\/cinder-volume-pure-storage-[0-9a-f]{6}$/u),
      expect.stringMatching(/^StatefulSet\/cinder-volume-lvm-[0-9a-f]{6}$/u),
    ]);
    expect(types(service)).toEqual([]);
  });

  test('a section that is listed and has no driver is refused by name', () => {
    const values = { conf: { cinder: { DEFAULT: { enabled_backends: 'a,b' }, a: { volume_driver: 'x' } } } };
    expect(() => of({ cinder: { volume: { backends: { array: { values } } } } })).toThrow(
      'spec.features.cinder.volume.backends.array.values.conf.cinder.b: has no volume_driver, and DEFAULT.enabled_backends lists it',
    );
  });

  test('a declared back end on Ceph has what the storage handed over', () => {
    const values = { conf: { cinder: { cold: { volume_driver: 'cinder.volume.drivers.rbd.RBDDriver' } } } };
    const service = onCeph({ backends: { cold: { values } } });
    const set = JSON.stringify(objectOf(service, 'StatefulSet/cinder-volume-cold'));
    expect(set).toContain('/etc/ceph/ceph.client.cinder.keyring');
    expect(() => of({ cinder: { volume: { backends: { cold: { values } } } } })).toThrow('openstack-ceph-keys');
  });

  test('two drivers of backups are refused', () => {
    const drivers = { a: { type: 'nfs', backup_share: 'h:/a' }, b: { type: 'nfs', backup_share: 'h:/b' } };
    expect(() => of({ cinder: { backup: { drivers } } })).toThrow('spec.features.cinder.backup.drivers');
  });
});
