import { type KubeObject, apiVersionOf, PersistentVolumeClaimKind, StatefulSetKind } from '@keelson/api';
import { describe, expect, it } from '@jest/globals';
import { aSpec, type SpecOptions } from '../cloud/cloud.fixtures.js';
import { bytesOf } from './claims.js';
import { volumeRefusal } from './volumes.rules.js';

function claiming(isSet: boolean, name: string, storageClassName: string | undefined, storage: string): KubeObject {
  const claim = {
    ...(storageClassName === undefined ? {} : { storageClassName }),
    resources: { requests: { storage } },
  };
  const kind = isSet ? StatefulSetKind : PersistentVolumeClaimKind;
  const whole: KubeObject & { spec: object } = {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name, namespace: 'openstack' },
    spec: isSet ? { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }] } : claim,
  };
  return whole;
}
const set = (name: string, storageClass: string | undefined, size = '5Gi') => claiming(true, name, storageClass, size);
const claim = (name: string, storageClass: string | undefined, size = '5Gi') =>
  claiming(false, name, storageClass, size);

function refusalOf(live: KubeObject | undefined, wanted: KubeObject, spec: SpecOptions = {}): string | undefined {
  const canGrow = (storageClass: string | undefined): boolean => storageClass === 'grows';
  return volumeRefusal({ spec: aSpec(spec), objects: [{ wanted, live }], canGrow });
}

describe('another storage class', () => {
  it('of a member is refused with the field, what stands and how to have it all the same', () => {
    expect(refusalOf(set('mariadb-server', 'a'), set('mariadb-server', 'b'))).toBe(
      'spec.local_volume_storage_class: the volumes data of StatefulSet openstack/mariadb-server are of the storage class a, ' +
        'and cannot be moved: leave it a. To have others, back the database up, set spec.draft: true, delete the ' +
        'StatefulSet with --cascade=orphan, change the field with spec.draft: false, and then delete PersistentVolumeClaim ' +
        'and pod of one member after the other, each when all are ready',
    );
  });

  const local = (enabled: boolean): SpecOptions => ({
    local_volume_storage_class: 'local',
    persistent_volume_storage_class: 'shared',
    features: { database: { local_volumes: { enabled } } },
  });
  it.each<[string, KubeObject, KubeObject, SpecOptions, string]>([
    [
      'local volumes turned off',
      set('mariadb-server', 'local'),
      set('mariadb-server', 'shared'),
      local(false),
      'spec.features.database.local_volumes.enabled: the volumes data of StatefulSet openstack/mariadb-server are of the storage class local, and cannot be moved: leave it true.',
    ],
    [
      'local volumes turned on',
      set('mariadb-server', 'shared'),
      set('mariadb-server', 'local'),
      local(true),
      'are of the storage class shared, and cannot be moved: leave it false.',
    ],
    [
      'a shared one of a database on shared volumes',
      set('mariadb-server', 'old'),
      set('mariadb-server', 'shared'),
      local(false),
      'spec.persistent_volume_storage_class: ',
    ],
    [
      'that of a broker',
      set('openstack-rabbitmq-server', 'a'),
      set('openstack-rabbitmq-server', 'b'),
      {},
      'spec.local_volume_storage_class: the volumes data of StatefulSet openstack/openstack-rabbitmq-server are of the storage class a, and cannot be moved: leave it a. To have others, which begin empty, save what must be kept, set spec.draft: true, delete the StatefulSet and its PersistentVolumeClaims,',
    ],
    [
      'one where there was none',
      claim('mariadb-phy-backup-data', undefined),
      claim('mariadb-phy-backup-data', 'b'),
      {},
      'spec.persistent_volume_storage_class: the volume of PersistentVolumeClaim openstack/mariadb-phy-backup-data is of no storage class by name, and cannot be moved: leave it out.',
    ],
    [
      'that of the files of images',
      claim('glance-images', 'a'),
      claim('glance-images', 'b'),
      {
        features: {
          glance: { backends: { file: { here: { default: true, pvc: { size: '5Gi', storage_class_name: 'b' } } } } },
        },
      },
      'spec.features.glance.backends.file.here.pvc.storage_class_name: ',
    ],
  ])('is refused: %s', (_, live, wanted, spec, text) => {
    expect(refusalOf(live, wanted, spec)).toContain(text);
  });

  it('is none where the spec names none and the cluster gave one, or where nothing stands', () => {
    expect(refusalOf(claim('glance-images', 'default'), claim('glance-images', undefined))).toBeUndefined();
    expect(refusalOf(undefined, set('mariadb-server', 'b'))).toBeUndefined();
    const leaving = set('mariadb-server', 'a');
    leaving.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(refusalOf(leaving, set('mariadb-server', 'b'))).toBeUndefined();
    expect(refusalOf(set('mariadb-server', 'a'), set('mariadb-server', 'a'))).toBeUndefined();
  });
});

describe('another size', () => {
  it.each([
    [
      set('mariadb-server', 'a', '10Gi'),
      set('mariadb-server', 'a', '5Gi'),
      'spec.services.database.mariadb.values.volume.size: the volumes data of StatefulSet openstack/mariadb-server are 10Gi large, and none can shrink: leave it 10Gi. ',
    ],
    [
      set('mariadb-server', 'grows', '5Gi'),
      set('mariadb-server', 'grows', '10Gi'),
      'are 5Gi large, and a StatefulSet keeps what it was made with: leave it 5Gi. Where the storage class lets volumes grow, set spec.resources.requests.storage of its PersistentVolumeClaims themselves',
    ],
    [
      claim('mariadb-phy-backup-data', 'grows', '40Gi'),
      claim('mariadb-phy-backup-data', 'grows', '20Gi'),
      'spec.services.database.mariadb.values.volume.backup.size, which follows spec.size unless it is set: the volume of PersistentVolumeClaim openstack/mariadb-phy-backup-data is 40Gi large, and none can shrink: leave it 40Gi.',
    ],
    [
      claim('mariadb-phy-backup-data', 'fixed', '20Gi'),
      claim('mariadb-phy-backup-data', 'fixed', '40Gi'),
      'is 20Gi large, and the storage class fixed lets none grow (allowVolumeExpansion): leave it 20Gi.',
    ],
  ])('is refused', (live, wanted, text) => {
    expect(refusalOf(live, wanted)).toContain(text);
  });

  it('is taken where a claim may grow, and where only the way of writing it differs', () => {
    const name = 'mariadb-phy-backup-data';
    expect(refusalOf(claim(name, 'grows', '20Gi'), claim(name, 'grows', '40Gi'))).toBeUndefined();
    expect(refusalOf(set('mariadb-server', 'a', '5Gi'), set('mariadb-server', 'a', '5120Mi'))).toBeUndefined();
  });
});

it.each([
  ['5Gi', 5 * 2 ** 30],
  ['1.5G', 1_500_000_000],
  ['1e3', 1_000],
  ['12', 12],
  ['5gb', undefined],
  [undefined, undefined],
])('the quantity %s is %s bytes', (quantity, bytes) => {
  expect(bytesOf(quantity)).toBe(bytes);
});
