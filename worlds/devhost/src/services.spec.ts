import { describe, expect, it } from '@jest/globals';
import { reconcilerFaults } from '@keelson/testing';
import { generatedFiles, reconcilersOf } from './generated-files.js';
import { services } from './services.js';

describe('all services together', () => {
  it('keep the law of termination in every state, and do not stand in each other’s way', () => {
    expect(reconcilerFaults(services.flatMap(reconcilersOf))).toEqual([]);
  });

  it('generate the same files twice, a role for each service among them', () => {
    const files = generatedFiles(services);
    expect([...generatedFiles(services)]).toEqual([...files]);
    expect([...files.keys()]).toEqual(expect.arrayContaining(services.map(({ name }) => `deploy/rbac/${name}.yaml`)));
  });
});
