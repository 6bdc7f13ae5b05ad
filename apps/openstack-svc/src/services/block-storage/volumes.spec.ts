import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService, type SpecOptions } from '../../cloud/cloud.fixtures.js';

const of = (features: Readonly<Record<string, unknown>>, more: SpecOptions = {}) =>
  renderedService('block-storage', aSpec({ ...more, features: { services: ['block-storage'], ...features } }));
const names = (service: ReturnType<typeof of>) =>
  service.stages.flatMap(({ objects }) => objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`));

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
    expect(fileOf(service, 'cinder-volume-etc', 'cinder.conf').parsed).toMatchObject({
      DEFAULT: { enabled_backends: ['nfs'] },
      nfs: { volume_backend_name: 'nfs', backend_host: 'array:nfs', nas_secure_file_permissions: false },
    });
    expect(names(service)).toEqual(
      expect.arrayContaining(['StatefulSet/cinder-volume', 'Job/cinder-create-volume-types']),
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

  test('two drivers of backups are refused', () => {
    const drivers = { a: { type: 'nfs', backup_share: 'h:/a' }, b: { type: 'nfs', backup_share: 'h:/b' } };
    expect(() => of({ cinder: { backup: { drivers } } })).toThrow('spec.features.cinder.backup.drivers');
  });
});
