import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
const vault = {
  enabled: true,
  vault_url: 'https://vault.example.org:8200',
  approle_role_id: 'role',
  approle_secret_id: { value_from: { secret_key_ref: { name: 'vault', key: 'secret' } } },
};
const of = (more: Readonly<Record<string, unknown>>) =>
  renderedService(
    'key-manager',
    aSpec({ features: { services: ['key-manager'], barbican: { backends: { vault: { ...vault, ...more } } } } }),
  );
const conf = (more: Readonly<Record<string, unknown>>) => fileOf(of(more), 'barbican-etc', 'barbican.conf');

describe('secrets in Vault', () => {
  test('what was kept before is read on, Vault is signed in to, and its certificate is looked at', () => {
    const file = conf({});
    expect(file.text()).toContain(
      'enabled_secretstore_plugins = vault_plugin\nenabled_secretstore_plugins = store_crypto\n',
    );
    expect(file.parsed).toMatchObject({
      simple_crypto_plugin: { kek: expect.stringContaining('barbican-kek') },
      vault_plugin: {
        vault_url: 'https://vault.example.org:8200',
        approle_secret_id: '(secret.vault.secret)',
        kv_mountpoint: 'secret',
        use_ssl: true,
      },
    });
    expect(conf({ use_ssl: false }).parsed).toMatchObject({ vault_plugin: { use_ssl: false } });
    expect(conf({ vault_url: 'http://vault:8200' }).parsed).toMatchObject({ vault_plugin: { use_ssl: false } });
  });

  test('the certificate of its authority is a file of the pods, unless the spec names one of the image', () => {
    const service = of({ ssl_ca_crt_file: pem });
    expect(conf({ ssl_ca_crt_file: pem }).parsed).toMatchObject({
      vault_plugin: { ssl_ca_crt_file: '/etc/barbican/vault-ca.pem' },
    });
    const objects = service.stages.flatMap((stage) => stage.objects);
    const server = objects.find(({ kind }) => kind === 'Deployment');
    expect(JSON.stringify(server)).toContain('"mountPath":"/etc/barbican/vault-ca.pem"');
    const secret = objects.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === 'barbican-etc');
    expect(secret).toMatchObject({ data: { 'vault-ca.pem': Buffer.from(`${pem}\n`).toString('base64') } });
    const path = '/etc/ssl/certs/vault.pem';
    expect(conf({ ssl_ca_crt_file: path }).parsed).toMatchObject({ vault_plugin: { ssl_ca_crt_file: path } });
  });

  test.each(['vault_url', 'approle_role_id', 'approle_secret_id'])('it is refused without %s', (name) =>
    expect(() => of({ [name]: undefined })).toThrow(
      `spec.features.barbican.backends.vault.${name} is needed when Vault is enabled`,
    ),
  );
});
