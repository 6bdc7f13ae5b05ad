import { describe, expect, it } from '@jest/globals';
import { changedPaths } from './spec-memory.js';

describe('what of a spec changed', () => {
  it('is told by paths, as deep as both have them, and never by values', () => {
    const before = { features: { nova: { vcpu_type: 'a', images: { backend: 'raw' } }, services: ['tempest'] } };
    const after = {
      features: { nova: { vcpu_type: 'b', images: 'none' }, services: ['tempest', 'stepler'] },
      draft: true,
    };
    expect(changedPaths(before, after)).toEqual([
      'draft',
      'features.nova.images',
      'features.nova.vcpu_type',
      'features.services',
    ]);
    expect(changedPaths(before, before)).toEqual([]);
  });
});
