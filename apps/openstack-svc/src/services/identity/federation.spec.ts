import { describe, expect, test } from '@jest/globals';
import { aSpec, askedFeatures, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

type Features = Readonly<Record<string, unknown>>;
const { federation, keycloak } = askedFeatures.keystone;
const identity = (keystone: Features) => renderedService('identity', aSpec({ features: { keystone } }));
const site = (keystone: Features): string => fileOf(identity(keystone), 'keystone-oidc', 'keystone.conf').text();
const objects = (keystone: Features) => identity(keystone).stages.flatMap((stage) => stage.objects);

describe('signing in through somebody else', () => {
  test('through Keycloak: Apache serves, its module knows realm and client, sessions are kept for all pods', () => {
    const text = site({ keycloak });
    for (const line of [
      'OIDCProviderMetadataURL "https://iam.example.org/auth/realms/iam/.well-known/openid-configuration"',
      'OIDCClientID "os"',
      'OIDCRedirectURI "https://keystone.cloud.example.org/v3/auth/OS-FEDERATION/identity_providers/keycloak/protocols/mapped/websso/"',
      'OIDCResponseType "id_token"',
      'OIDCScope "openid email profile"',
      'OIDCSessionInactivityTimeout 1800',
      'OIDCCryptoPassphrase "(secret.generated-keystone-oidc-passphrase.value)"',
      'OIDCCacheType "memcache"',
      '<Location /v3/OS-FEDERATION/identity_providers/keycloak/protocols/mapped/auth>',
    ])
      expect(text).toContain(line);
    expect(text).not.toContain('OIDCMetadataDir');
    const server = objects({ keycloak }).find(({ kind }) => kind === 'Deployment');
    expect(JSON.stringify(server)).toContain(
      '"command":["apache2","-D","FOREGROUND","-f","/etc/keystone-apache/keystone.conf"]',
    );
    for (const line of [
      'User keystone',
      'PidFile /tmp/apache2.pid',
      'Mutex file:/tmp default',
      'WSGISocketPrefix /tmp/wsgi',
    ])
      expect(text).toContain(line);
    expect(text).not.toContain(':80\n');
  });

  test('the spec’s own options of the module come last', () => {
    const oidc = {
      OIDCClientID: 'cloud',
      OIDCSSLValidateServer: false,
      OIDCRedirectURI: ['https://a/'],
      OIDCScope: 'openid',
    };
    const text = site({ keycloak: { ...keycloak, oidc } });
    expect(text).toContain('OIDCSSLValidateServer Off');
    expect(text).toContain('OIDCRedirectURI "https://a/"');
    expect(text).toContain('OIDCClientID "cloud"');
    expect(text.match(/OIDCScope/gu)).toHaveLength(1);
  });

  test('through several: their metadata is fetched before Apache starts, with the secrets of their clients', () => {
    const openid = { ...federation.openid, oidc_auth_type: 'oauth2' };
    const { partner } = openid.providers;
    const client = {
      client_id: 'cloud',
      client_secret: { value_from: { secret_key_ref: { name: 'partner', key: 'secret' } } },
    };
    const oauth2 = { OAuth2TokenVerify: 'jwks_uri https://login.example.com/jwks' };
    const providers = { partner: { ...partner, metadata: { client }, oauth2, oidc_ca: 'PEM' } };
    const keystone = { keycloak, federation: { openid: { ...openid, providers } } };
    const text = site(keystone);
    expect(text).toContain('OIDCMetadataDir "/var/lib/keystone-oidc"');
    expect(text).toContain('OIDCCABundlePath "/etc/keystone/oidc-ca.crt"');
    expect(text).toContain('    OAuth2TokenVerify jwks_uri https://login.example.com/jwks\n    AuthType oauth2');
    expect(text).toContain('?iss=https%3A%2F%2Flogin.example.com%2Frealms%2Fpartner"');
    expect(fileOf(identity(keystone), 'keystone-oidc', 'providers.json').parsed).toMatchObject([
      { issuer: 'https://iam.example.org/auth/realms/iam', client: { client_id: 'os' } },
      { client: { client_id: 'cloud', client_secret: '(secret.partner.secret)' } },
    ]);
    expect(JSON.stringify(objects(keystone))).toContain('"name":"oidc-metadata"');
  });

  test('one with settings of its own is in the metadata directory too, for they have no other place', () => {
    const { partner } = federation.openid.providers;
    const providers = { partner: { ...partner, metadata: { ...partner.metadata, conf: { scope: 'openid groups' } } } };
    const keystone = { federation: { openid: { ...federation.openid, providers } } };
    const text = site(keystone);
    expect(text).toContain('OIDCMetadataDir "/var/lib/keystone-oidc"');
    expect(text).not.toContain('OIDCProviderMetadataURL');
    expect(text).toContain('?iss=https%3A%2F%2Flogin.example.com%2Frealms%2Fpartner"');
    expect(fileOf(identity(keystone), 'keystone-oidc', 'providers.json').parsed).toMatchObject([
      { conf: { scope: 'openid groups' } },
    ]);
  });

  test('one whose document the spec has is asked for nothing', () => {
    const { partner } = federation.openid.providers;
    const document = { issuer: partner.issuer, jwks_uri: `${partner.issuer}/jwks` };
    const providers = { partner: { ...partner, metadata: { ...partner.metadata, provider: document } } };
    const keystone = { federation: { openid: { ...federation.openid, providers } } };
    expect(site(keystone)).toContain('OIDCMetadataDir "/var/lib/keystone-oidc"');
    const [told] = fileOf(identity(keystone), 'keystone-oidc', 'providers.json').parsed as readonly object[];
    expect(told).toMatchObject({ document });
    expect(told).not.toHaveProperty('metadataUrl');
  });

  test('keystone and the dashboard know of it: methods, mapping, choices', () => {
    const service = identity({ keycloak });
    expect(fileOf(service, 'keystone-etc', 'keystone.conf').parsed).toMatchObject({
      auth: { methods: 'password,token,mapped,application_credential' },
      federation: { trusted_dashboard: 'https://horizon.cloud.example.org/auth/websso/' },
      mapped: { remote_id_attribute: 'HTTP_OIDC_ISS' },
    });
    expect(service.stages.at(-1)).toMatchObject({ name: 'federation', until: 'complete' });
    const script = JSON.stringify(objects({ keycloak }).find(({ metadata }) => metadata.name === 'keystone-bin'));
    expect(script).toContain('OIDC-iam_roles');
    expect(script).toContain("= 'keycloak_mapping' ] || openstack federation protocol set");
    expect(script).toContain("--remote-id 'https://iam.example.org/auth/realms/iam'");
    const dashboard = renderedService('dashboard', aSpec({ features: { keystone: { keycloak } } }));
    expect(fileOf(dashboard, 'horizon-etc', 'local_settings.py').text()).toContain(
      'WEBSSO_IDP_MAPPING = {"keycloak": ["keycloak", "mapped"]}',
    );
  });

  test('nobody else: keystone is as it was', () => {
    const off = { federation: { openid: { ...federation.openid, enabled: false } } };
    expect(JSON.stringify(identity(off))).toBe(JSON.stringify(identity({})));
  });

  test('into domains that are kept elsewhere: keystone is given their settings, with secrets from where they are', () => {
    const password = { value_from: { secret_key_ref: { name: 'ldap', key: 'password' } } };
    const people = { config: { identity: { driver: 'ldap' }, ldap: { url: 'ldaps://ldap.example.org', password } } };
    const domains = { enabled: true, ks_domains: { people, closed: { enabled: false } } };
    const document = fileOf(
      identity({ domain_specific_configuration: domains }),
      'keystone-keystone-register',
      'ks-user.json',
    );
    expect(document.parsed).toMatchObject({
      domains: ['service', 'people'],
      domain_configs: [{ domain: 'people', config: { ldap: { password: '(secret.ldap.password)' } } }],
    });
  });
});
