import { describe, expect, test } from '@jest/globals';
import { OpenStackDeploymentSpecSchema } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { aSpec, fileOf, rendered, renderedService } from '../cloud/cloud.fixtures.js';
import { externalSecret } from '../credentials/clouds-yaml.js';

const features = (project_name: string) => ({
  keystone: { users: { admin: { project_name } } },
  policies: { strict_admin: { enabled: true } },
  services: ['baremetal', 'tempest', 'stepler'],
});
/** Where an administrator signs in, in any of the forms that services have for it. */
const projects = /project(?:_name)?"?[ :='"]+(admin|operators)\b/giu;
const projectsOf = (text: string): readonly string[] => [...text.matchAll(projects)].map(([, name = '']) => name);

describe('the project that the administrator signs in to', () => {
  test('is the one of the spec wherever somebody signs in as the administrator', () => {
    const cloud = rendered(aSpec({ preset: 'compute', features: features('operators') }));
    const texts = cloud.flatMap(({ files, stages }) => [
      ...files.map((file) => file.text()),
      ...stages.map(({ objects }) => JSON.stringify(objects)),
    ]);
    expect([...new Set(texts.flatMap(projectsOf))]).toEqual(['operators']);
  });

  test('is made by bootstrap, and its administrators are the cloud’s', () => {
    const keystone = renderedService('identity', aSpec({ features: features('operators') }));
    expect(fileOf(keystone, 'keystone-bootstrap', 'bootstrap.env').text()).toContain(
      "OS_BOOTSTRAP_PROJECT_NAME='operators'",
    );
    expect(fileOf(keystone, 'keystone-etc', 'keystone.conf').parsed).toMatchObject({
      resource: { admin_project_name: 'operators' },
    });
  });

  test('is told to operators', () => {
    const account = { username: 'admin', password: '(password)' };
    const projectFor = (more: object): readonly string[] => {
      const interfaces = { neutron: { tunnel_interface: 'tenant' }, nova: { live_migration_interface: 'lm' } };
      const spec = OpenStackDeploymentSpecSchema.parse(aSpec({ features: { ...interfaces, ...more } }));
      return projectsOf(textIn(externalSecret(spec, account), 'clouds.yaml') ?? '');
    };
    expect(projectFor({ keystone: features('operators').keystone })).toEqual(['operators']);
    expect(projectFor({})).toEqual(['admin']);
  });
});
