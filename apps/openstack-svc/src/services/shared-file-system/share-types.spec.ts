import { describe, expect, test } from '@jest/globals';
import { aSpec, type CloudOptions, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';
import { valueAt } from '../../render/json.js';

const features = (backends: Readonly<Record<string, unknown>>) => ({
  services: ['shared-file-system'],
  manila: { share: { backends } },
});
const linesOf = (backends: Readonly<Record<string, unknown>>, options: CloudOptions = {}): readonly string[] => {
  const { stages } = renderedService('shared-file-system', aSpec({ features: features(backends) }), options);
  expect(stages.at(-1)?.name).toBe(JSON.stringify(stages).includes('share type') ? 'bootstrap' : 'catalogue');
  return JSON.stringify(stages).match(/openstack share type create [^\\]*/gu) ?? [];
};
const backend = (section: string, options: Readonly<Record<string, unknown>>, more = {}) => ({
  values: { conf: { manila: { [section]: { share_driver: 'manila.share.drivers.x.Driver', ...options } } } },
  ...more,
});

describe('share types', () => {
  test('each back end has one, which says by its name who serves it and whether that makes servers', () =>
    expect(
      linesOf({
        a: backend('generic', { share_backend_name: 'GENERIC', driver_handles_share_servers: 'True' }),
        b: backend('lvm', { driver_handles_share_servers: false }),
      }),
    ).toEqual([
      "openstack share type create 'GENERIC' true --public true --extra-specs 'share_backend_name=GENERIC'",
      "openstack share type create 'lvm' false --public true --extra-specs 'share_backend_name=lvm'",
    ]));

  test('who names none gets the first that is there', () => {
    const typeOf = (backends: Readonly<Record<string, unknown>>): unknown => {
      const service = renderedService('shared-file-system', aSpec({ features: features(backends) }));
      return valueAt(fileOf(service, 'manila-etc', 'manila.conf').parsed, ['DEFAULT', 'default_share_type']);
    };
    const untyped = backend('lvm', {}, { create_share_type: false });
    const named = backend('generic', { share_backend_name: 'GENERIC' });
    expect([typeOf({ a: untyped, b: named }), typeOf({ a: untyped })]).toEqual(['GENERIC', undefined]);
  });

  test('none where the spec wants none', () =>
    expect(linesOf({ a: backend('lvm', {}, { create_share_type: false }) })).toEqual([]));
});
