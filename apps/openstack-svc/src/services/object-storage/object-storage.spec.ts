import { describe, expect, it } from '@jest/globals';
import type { KubeObject, Secret } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { placeholderSecrets } from '../../cloud/placeholder-secrets.js';
import { cloudOf, credentialsOf } from '../../cloud/render.js';
import type { CephAccess } from '../../cloud/cloud.js';
import { aDeployment, type SpecPatch } from '../../deployment/deployment.fixtures.js';
import { objectStorage } from './index.js';

function rendered(patch: SpecPatch, gateway?: CephAccess['gateway']): readonly KubeObject[] {
  const spec: unknown = Reflect.get(aDeployment({ features: { services: ['object-storage'] }, ...patch }), 'spec');
  if (typeof spec !== 'object' || spec === null) throw new Error('no spec');
  const input = { name: 'osh', namespace: 'openstack', spec, secrets: placeholderSecrets([]) };
  const ceph: CephAccess = { monitors: ['10.0.0.1:6789'], clients: {}, ...(gateway === undefined ? {} : { gateway }) };
  const bare = cloudOf({ ...input, ceph });
  const secrets = placeholderSecrets(credentialsOf(bare));
  return objectStorage.render({ ...bare, secrets }).stages.flatMap(({ objects }) => objects);
}

function credentials(objects: readonly KubeObject[]): Secret {
  const found = objects.find(({ metadata }) => metadata.name === 'openstack-rgw-creds');
  if (found === undefined) throw new Error('nothing is handed over');
  return found;
}

describe('what the object gateway is told', () => {
  it('is all that the reference names', () => {
    const secret = credentials(rendered({}));
    expect(secret.metadata.namespace).toBe('openstack-ceph-shared');
    expect(Object.keys(secret.data ?? {}).toSorted()).toEqual([
      'auth_url',
      'barbican_url',
      'ca_cert',
      'default_domain',
      'interface',
      'password',
      'project_domain_name',
      'project_name',
      'public_domain',
      'region_name',
      'tls_crt',
      'tls_key',
      'user_domain_name',
      'username',
    ]);
  });

  it('has the certificate that the spec gives for public names', () => {
    const public_endpoints = { ca_cert: 'CA', api_cert: 'CERT', api_key: 'KEY' };
    const secret = credentials(rendered({ features: { services: ['object-storage'], ssl: { public_endpoints } } }));
    expect([textIn(secret, 'tls_crt'), textIn(secret, 'tls_key')]).toEqual(['CERT', 'KEY']);
    expect(textIn(secret, 'ca_cert')).toMatch(/^CA\n/u);
  });
});

/** What the Job of the catalogue registers. */
function register(objects: readonly KubeObject[]): string {
  const secret: Secret | undefined = objects.find(({ metadata }) => metadata.name === 'ceph-rgw-keystone-register');
  return textIn(secret, 'ks-endpoints.json') ?? '';
}

describe('where the catalogue says that objects are', () => {
  it('is what the storage hands over, else the public name of the cloud', () => {
    const own = register(rendered({}));
    expect(own).toContain('https://openstack-store.cloud.example.org/swift/v1/AUTH_');
    const handed = register(rendered({}, { internal: 'https://rgw.svc:8443', external: 'https://rgw.example.org' }));
    expect(handed).toContain('https://rgw.svc:8443/swift/v1/AUTH_');
    expect(handed).toContain('https://rgw.example.org/swift/v1/AUTH_');
    expect(handed).not.toContain('openstack-store.cloud.example.org/swift');
  });
});
