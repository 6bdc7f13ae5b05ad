import { describe, expect, it } from '@jest/globals';
import type { Http } from '@keelson/std';
import { kubeApiConfig } from './config.js';
import { oidcOptions } from './oidc.js';

const files = {
  KEELSON_KUBE_API_POSTGRES_URL_FILE: '/s/url',
  KEELSON_KUBE_API_CA_FILE: '/s/ca',
  KEELSON_KUBE_API_TLS_CERT_FILE: '/s/crt',
  KEELSON_KUBE_API_TLS_KEY_FILE: '/s/key',
  KEELSON_KUBE_API_SERVICE_ACCOUNT_KEY_FILE: '/s/sa',
};

describe('the settings of the embedded API', () => {
  it('listen on loopback unless told otherwise', () => {
    expect(kubeApiConfig(files)).toMatchObject({
      KEELSON_KUBE_API_HOST: '127.0.0.1',
      KEELSON_KUBE_API_PORT: 16443,
      KEELSON_KUBE_API_EXPOSE: 'false',
    });
  });

  it.each(['0.0.0.0', '::', '192.168.0.10', 'example.org'])('refuse %s without the word for it', (host) => {
    expect(() => kubeApiConfig({ ...files, KEELSON_KUBE_API_HOST: host })).toThrow(
      /other machines could reach this address[\s\S]*KEELSON_KUBE_API_HOST/,
    );
    expect(
      kubeApiConfig({ ...files, KEELSON_KUBE_API_HOST: host, KEELSON_KUBE_API_EXPOSE: 'true' }).KEELSON_KUBE_API_HOST,
    ).toBe(host);
  });

  it('say whose ID tokens are believed, and how they read', () => {
    const oidc = {
      KEELSON_KUBE_API_OIDC_ISSUER_URL: 'https://id.test/realms/cloud',
      KEELSON_KUBE_API_OIDC_CLIENT_ID: 'keelson',
      KEELSON_KUBE_API_OIDC_GROUPS_CLAIM: 'groups',
      KEELSON_KUBE_API_OIDC_REQUIRED_CLAIMS: 'hd=test, tier=a=b',
      KEELSON_KUBE_API_OIDC_SIGNING_ALGS: 'RS256,ES256',
    };
    const http: Http = () => Promise.reject(new Error('nobody is asked'));
    expect(oidcOptions(kubeApiConfig({ ...files, ...oidc }), http, undefined)).toEqual({
      http,
      issuer: 'https://id.test/realms/cloud',
      clientId: 'keelson',
      usernameClaim: 'sub',
      groupsClaim: 'groups',
      groupsPrefix: '',
      requiredClaims: { hd: 'test', tier: 'a=b' },
      algorithms: ['RS256', 'ES256'],
    });
    expect(oidcOptions(kubeApiConfig(files), http, undefined)).toBeUndefined();
  });

  it.each([
    [{ KEELSON_KUBE_API_OIDC_ISSUER_URL: 'https://id.test' }, /an issuer and a client id go together/],
    [{ KEELSON_KUBE_API_OIDC_ISSUER_URL: 'http://id.test', KEELSON_KUBE_API_OIDC_CLIENT_ID: 'k' }, /https URL/],
    [{ KEELSON_KUBE_API_OIDC_SIGNING_ALGS: 'HS256' }, /SIGNING_ALGS/],
    [{ KEELSON_KUBE_API_OIDC_REQUIRED_CLAIMS: 'nothing' }, /key=value/],
  ])('refuse %j', (wrong, expected) => {
    expect(() => kubeApiConfig({ ...files, ...wrong })).toThrow(expected);
  });

  it('name each variable that is missing', () => {
    expect(() => kubeApiConfig({})).toThrow(/POSTGRES_URL_FILE[\s\S]*SERVICE_ACCOUNT_KEY_FILE/);
  });
});
