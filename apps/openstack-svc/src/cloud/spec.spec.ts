import { describe, expect, test } from '@jest/globals';
import { mergeSpec } from './spec.js';

const least = { openstack_version: 'epoxy', preset: 'core', size: 'tiny', public_domain_name: 'cloud.example.org' };

describe('merging a spec', () => {
  test('lists of the preset and the size are appended to, maps merge deep, and the user wins', () => {
    const spec = mergeSpec({
      ...least,
      features: {
        services: ['tempest', 'compute'],
        messaging: { components_with_dedicated_messaging: ['compute'] },
        network_policies: { enabled: false },
      },
      services: { identity: { keystone: { values: { pod: { replicas: { api: 2 } } } } } },
    });
    expect(spec.features.services.filter((name) => name === 'compute')).toHaveLength(1);
    expect(spec.features.services.at(-1)).toBe('tempest');
    expect(spec.features.messaging.components_with_dedicated_messaging).toEqual(['networking', 'compute']);
    expect(spec.features.network_policies.enabled).toBe(false);
    expect(spec.services['identity']?.['keystone']?.values).toEqual({ pod: { replicas: { api: 2 } } });
    expect(spec.services['image']?.['glance']?.values).toEqual({ pod: { replicas: { api: 3 } } });
  });

  test('redis left the compute preset with gazpacho', () => {
    const of = (openstack_version: string) =>
      mergeSpec({ ...least, preset: 'compute', openstack_version }).features.services.includes('redis');
    expect(['caracal', 'epoxy', 'gazpacho'].map(of)).toEqual([true, true, false]);
  });

  test.each([
    [{ ...least, size: 'huge' }, 'spec.size'],
    [{ ...least, public_domain_name: undefined }, 'spec.public_domain_name'],
    [{ ...least, features: { neutron: { backend: 'linuxbridge' } } }, 'spec.features.neutron.backend'],
  ])('a wrong field is named: %#', (spec, field) => {
    expect(() => mergeSpec(spec)).toThrow(field);
  });
});
