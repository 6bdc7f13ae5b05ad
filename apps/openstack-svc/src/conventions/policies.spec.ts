import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../cloud/cloud.fixtures.js';

const policies = { placement: { 'placement:reshaper:reshape': 'role:admin' } };

describe('rules that features.policies changes', () => {
  test('are in a file that the project is told of and that is wherever its settings are', () => {
    const service = renderedService('placement', aSpec({ features: { policies } }));
    expect(fileOf(service, 'placement-etc', 'placement.conf').parsed).toMatchObject({
      oslo_policy: { policy_file: '/etc/placement/policy.yaml' },
    });
    expect(fileOf(service, 'placement-etc', 'policy.yaml').text()).toBe('placement:reshaper:reshape: role:admin\n');
    const api = service.stages.flatMap(({ objects }) => objects).find(({ kind }) => kind === 'Deployment');
    expect(JSON.stringify(api)).toContain('"mountPath":"/etc/placement/policy.yaml"');
  });

  test('roll the pods that read them, and nothing is there without them', () => {
    const hashOf = (rule: string): string =>
      JSON.stringify(
        renderedService('placement', aSpec({ features: { policies: { placement: { a: rule } } } })).stages,
      );
    expect(hashOf('role:admin')).not.toBe(hashOf('role:reader'));
    expect(renderedService('placement', aSpec()).files.map(({ key }) => key)).not.toContain('policy.yaml');
  });
});
