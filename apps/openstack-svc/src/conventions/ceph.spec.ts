import { describe, expect, test } from '@jest/globals';
import { aSpec, type CloudOptions, fileOf, someCeph } from '../cloud/cloud.fixtures.js';
import { placeholderSecrets } from '../cloud/placeholder-secrets.js';
import { cloudOf, credentialsOf } from '../cloud/render.js';
import type { RenderedService } from '../cloud/service.js';
import { cloudServices } from '../services/index.js';

/** One service alone: the others may have to wait. */
function of(name: string, features: object, options: CloudOptions): RenderedService {
  const spec = aSpec({ features: { services: ['block-storage', 'shared-file-system', 'metric'], ...features } });
  const input = { name: 'osh', namespace: 'openstack', spec, ...options };
  const bare = cloudOf({ ...input, secrets: placeholderSecrets([]) });
  const service = cloudServices.find((each) => each.name === name);
  if (service === undefined) throw new Error(`there is no service ${name}`);
  return service.render(cloudOf({ ...input, secrets: placeholderSecrets(credentialsOf(bare)) }));
}

const nfsBackups = { backup: { drivers: { nfs: { type: 'nfs', backup_share: 'h:/b' } } } };
const elsewhere: Readonly<Record<string, object>> = {
  image: { glance: { backends: { file: { files: { default: true } } } } },
  'block-storage': { cinder: { volume: { enabled: false }, ...nfsBackups } },
  'shared-file-system': {
    manila: { share: { backends: { lvm: { values: { conf: { manila: { lvm: { share_driver: 'x' } } } } } } } },
  },
};

describe('what goes to Ceph by itself', () => {
  test.each([
    ['image', 'spec.features.glance.backends'],
    ['block-storage', 'spec.features.cinder.volume.enabled: false'],
    ['shared-file-system', 'spec.features.manila.share.backends'],
    ['metric', 'spec.features.services'],
  ])('%s waits for it while it is to come, and says how to do without', (name, otherwise) => {
    const render = () => of(name, {}, { awaitsCeph: true });
    expect(render).toThrow('openstack-ceph-shared/openstack-ceph-keys is not there yet');
    expect(render).toThrow(otherwise);
    expect(() => of(name, {}, { awaitsCeph: true, ceph: someCeph })).not.toThrow();
    expect(() => of(name, {}, {})).not.toThrow();
  });

  test.each(Object.keys(elsewhere))('%s does not wait where the spec puts it elsewhere', (name) =>
    expect(() => of(name, elsewhere[name] ?? {}, { awaitsCeph: true })).not.toThrow(),
  );

  test('backups wait by themselves where only volumes are elsewhere', () =>
    expect(() => of('block-storage', { cinder: { volume: { enabled: false } } }, { awaitsCeph: true })).toThrow(
      'spec.features.cinder.backup.drivers',
    ));

  test('what was begun in files stays there, whether Ceph is to come or has come', () => {
    for (const options of [{ awaitsCeph: true }, { ceph: someCeph }]) {
      const glance = of('image', {}, { ...options, inFiles: ['image'] });
      expect(fileOf(glance, 'glance-etc', 'glance-api.conf').parsed).toMatchObject({
        DEFAULT: { enabled_backends: ['file:file'] },
      });
      const gnocchi = of('metric', {}, { ...options, inFiles: ['metric'] });
      expect(fileOf(gnocchi, 'gnocchi-etc', 'gnocchi.conf').parsed).toMatchObject({ storage: { driver: 'file' } });
    }
  });
});
