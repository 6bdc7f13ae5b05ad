import { describe, expect, it } from '@jest/globals';
import { kubeApiConfig } from './config.js';

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

  it('name each variable that is missing', () => {
    expect(() => kubeApiConfig({})).toThrow(/POSTGRES_URL_FILE[\s\S]*SERVICE_ACCOUNT_KEY_FILE/);
  });
});
