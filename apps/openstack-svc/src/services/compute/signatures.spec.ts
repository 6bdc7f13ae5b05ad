import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

const signed = (signature: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}) =>
  renderedService('compute', aSpec({ preset: 'compute', features: { glance: { signature } }, ...more }));
const secrets = [
  ['nova-etc', 'nova.conf'],
  ['nova-compute-etc', 'nova.conf'],
] as const;

describe('signatures of images', () => {
  test.each(secrets)('are checked by nova, and certificates where the spec asks for it: %s', (secret, key) => {
    const glance = (signature: Readonly<Record<string, unknown>>) => fileOf(signed(signature), secret, key).parsed;
    expect(glance({ enabled: true })).toMatchObject({
      glance: { verify_glance_signatures: true, enable_certificate_validation: false },
    });
    expect(glance({ enabled: true, certificate_validation: true })).toMatchObject({
      glance: { verify_glance_signatures: true, enable_certificate_validation: true },
    });
    for (const without of [{}, { certificate_validation: true }])
      expect(fileOf(signed(without), secret, key).text()).not.toMatch(/verify_glance|certificate_validation/u);
  });

  test('are trusted by certificates that the operator names', () => {
    const conf = { nova: { glance: { default_trusted_certificate_ids: 'a1,b2' } } };
    const services = { compute: { nova: { values: { conf } } } };
    const file = fileOf(signed({ enabled: true, certificate_validation: true }, { services }), 'nova-etc', 'nova.conf');
    expect(file.parsed).toMatchObject({
      glance: { enable_certificate_validation: true, default_trusted_certificate_ids: 'a1,b2' },
    });
  });
});
