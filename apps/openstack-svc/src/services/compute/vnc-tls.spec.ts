import { describe, expect, test } from '@jest/globals';
import { aSpec, fileOf, renderedService } from '../../cloud/cloud.fixtures.js';

const compute = (enabled: boolean, novnc: object = {}) =>
  renderedService('compute', aSpec({ features: { nova: { console: { novnc: { ...novnc, tls: { enabled } } } } } }));
const mountsOf = (service: ReturnType<typeof compute>, name: string): readonly string[] => {
  const object = service.stages
    .flatMap(({ objects }) => objects)
    .find(({ kind, metadata }) => metadata.name === name && kind !== 'Service');
  return JSON.stringify(object).match(/\/etc\/pki\/[\w-]+\/[\w.-]+/gu) ?? [];
};

describe('TLS between the console proxy and hypervisors', () => {
  test('QEMU answers nobody who has no certificate, and the proxy has one of the same authority', () => {
    const service = compute(true);
    const qemu = fileOf(service, 'libvirt-etc', 'qemu.conf').text();
    for (const line of ['vnc_tls = 1', 'vnc_tls_x509_cert_dir = "/etc/pki/libvirt-vnc"', 'vnc_tls_x509_verify = 1'])
      expect(qemu).toContain(`${line}\n`);
    expect(mountsOf(service, 'libvirt-libvirt-default')).toEqual(
      ['ca-cert', 'server-cert', 'server-key'].map((key) => `/etc/pki/libvirt-vnc/${key}.pem`),
    );
    const own = '/etc/pki/nova-novncproxy';
    expect(mountsOf(service, 'nova-novncproxy')).toEqual(
      ['ca-cert', 'client-cert', 'client-key'].map((key) => `${own}/${key}.pem`),
    );
    expect(fileOf(service, 'nova-etc', 'nova.conf').parsed).toMatchObject({
      vnc: {
        auth_schemes: ['vencrypt', 'none'],
        vencrypt_client_key: `${own}/client-key.pem`,
        vencrypt_client_cert: `${own}/client-cert.pem`,
        vencrypt_ca_certs: `${own}/ca-cert.pem`,
      },
    });
    const authorities = ['libvirt-vnc', 'nova-novncproxy-tls'].map((secret) =>
      fileOf(service, secret, 'ca-cert.pem').text(),
    );
    expect(authorities).toEqual(['vnc-server', 'vnc-client'].map((name) => `(secret.generated-${name}.ca.crt)\n`));
  });

  test('unless asked for, and without a console, there is none', () => {
    for (const service of [compute(false), compute(true, { enabled: false })]) {
      expect(fileOf(service, 'libvirt-etc', 'qemu.conf').text()).toContain('vnc_tls = 0\n');
      expect(service.files.map((file) => file.text()).join()).not.toMatch(/vencrypt|libvirt-vnc/u);
    }
  });
});
