import { describe, expect, test } from '@jest/globals';
import { aSpec, type CloudOptions, fileOf, rendered, someCeph } from '../../cloud/cloud.fixtures.js';
import { cephSecrets } from '../../conventions/ceph.js';

type Services = ReturnType<typeof rendered>;
const of = (features: Readonly<Record<string, unknown>>, options: CloudOptions): Services =>
  rendered(aSpec({ features }), options);
const service = (services: Services, name: string): Services[number] => {
  const found = services.find((each) => each.service === name);
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
};
const keysOf = (services: Services): Readonly<Record<string, string>> =>
  Object.fromEntries(
    service(services, 'compute')
      .files.filter(({ path }) => path.endsWith('.key') && path.startsWith('/etc/ceph/'))
      .map((file) => [file.path, file.text().trim()]),
  );
const volumes = { services: ['block-storage'] };

describe('what libvirt knows of Ceph', () => {
  test('guests with local disks reach their volumes, as whom Cinder names', () => {
    const services = of(volumes, { ceph: someCeph });
    expect(keysOf(services)).toEqual({ '/etc/ceph/libvirt-volumes.key': '(cinder key)' });
    const script = JSON.stringify(service(services, 'compute').stages);
    const { parsed } = fileOf(service(services, 'block-storage'), 'cinder-volume-etc', 'cinder.conf');
    expect(parsed).toMatchObject({ 'volumes-hdd': { rbd_user: 'cinder', rbd_secret_uuid: cephSecrets.cinder } });
    expect(script).toContain(`define_secret ${cephSecrets.cinder} client.volumes /etc/ceph/libvirt-volumes.key`);
  });

  test('disks in Ceph have a key of their own beside it', () =>
    expect(keysOf(of({ ...volumes, nova: { images: { backend: 'ceph' } } }, { ceph: someCeph }))).toEqual({
      '/etc/ceph/libvirt.key': '(nova key)',
      '/etc/ceph/libvirt-volumes.key': '(cinder key)',
    }));

  test('nothing where there are no volumes, or no Ceph', () => {
    expect(keysOf(of({}, { ceph: someCeph }))).toEqual({});
    expect(keysOf(of(volumes, {}))).toEqual({});
  });
});
