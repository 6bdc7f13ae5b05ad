import { expect, test } from '@jest/globals';
import { namesCeph } from './names-ceph.js';

const rbd = { values: { conf: { cinder: { a: { volume_driver: 'cinder.volume.drivers.rbd.RBDDriver' } } } } };
const cephFs = {
  values: { conf: { manila: { a: { share_driver: 'manila.share.drivers.cephfs.driver.CephFSDriver' } } } },
};
const nfs = { values: { conf: { cinder: { a: { volume_driver: 'cinder.volume.drivers.nfs.NfsDriver' } } } } };
const onCeph = { features: { nova: { images: { backend: 'ceph' } } } };

test.each<readonly [object, boolean]>([
  [{}, false],
  [onCeph, true],
  [{ features: { nova: { images: { backend: 'local' } } }, nodes: { 'a::b': onCeph } }, true],
  [{ features: { glance: { backends: { rbd: { main: { default: true } } } } } }, true],
  [{ features: { glance: { backends: { rbd: {}, file: { main: { default: true } } } } } }, false],
  [{ features: { cinder: { volume: { backends: { nfs, rbd } } } } }, true],
  [{ features: { cinder: { volume: { backends: { nfs, rbd: { ...rbd, enabled: false } } } } } }, false],
  [{ features: { manila: { share: { backends: { cephFs } } } } }, true],
])('%j names Ceph: %s', (spec, isNamed) => expect(namesCeph(spec)).toBe(isNamed));
