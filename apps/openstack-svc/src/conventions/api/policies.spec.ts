import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

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

  test('make administrators of one project the cloud’s, with the spec’s own rules over that', () => {
    const features = { policies: { strict_admin: { enabled: true }, placement: { admin_api: 'role:boss' } } };
    const keystone = renderedService('identity', aSpec({ features }));
    expect(fileOf(keystone, 'keystone-etc', 'keystone.conf').parsed).toMatchObject({
      resource: { admin_project_name: 'admin', admin_project_domain_name: 'Default' },
    });
    expect(fileOf(keystone, 'keystone-etc', 'policy.yaml').parsed).toEqual({
      admin_required: expect.stringMatching(/is_admin_project:True.* or is_admin:1 or .*token\.domain\.id/u),
    });
    const placement = fileOf(renderedService('placement', aSpec({ features })), 'placement-etc', 'policy.yaml');
    expect(placement.parsed).toMatchObject({ admin_api: 'role:boss', admin_or_service_api: expect.any(String) });
    const nova = fileOf(renderedService('compute', aSpec({ features })), 'nova-etc', 'policy.yaml');
    expect(nova.parsed).toEqual({
      context_is_admin: 'role:admin and (is_admin_project:True or role:service or system_scope:all)',
    });
  });
});
