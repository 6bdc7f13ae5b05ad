import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

describe('tests of the cloud', () => {
  test('stepler knows who it is, what it may use and what the cloud is told to be', () => {
    const features = {
      services: ['stepler'],
      horizon: { motd: { a: { message: "it's noon" } } },
      policies: { strict_admin: { enabled: true } },
    };
    const values = { conf: { stepler_env: { HORIZON_TEST_IMAGE_CIRROS: 'Cirros-6.0' } } };
    const service = renderedService('stepler', aSpec({ features, services: { stepler: { stepler: { values } } } }));
    const text = fileOf(service, 'stepler-etc', 'stepler.env').text();
    for (const line of [
      "ROLE_ADMIN='service'",
      "PUBLIC_NETWORK_NAME='public'",
      "HORIZON_TEST_IMAGE_CIRROS='Cirros-6.0'",
    ])
      expect(text).toContain(`export ${line}\n`);
    expect(text).toContain(String.raw`it'\''s noon`);
    expect(service.stages.map(({ name, until }) => [name, until])).toEqual([
      ['configuration', 'applied'],
      ['run', 'applied'],
    ]);
  });
});
