import type { Cloud, CredentialNeed } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import type { Chart } from '../../render/chart.js';
import { textFile } from '../../render/files.js';
import type { Ini } from '../../render/ini.js';
import type { JsonRecord } from '../../render/json.js';

const authority = 'vnc-authority';
const server = 'vnc-server';
const client = 'vnc-client';
const serverDirectory = '/etc/pki/libvirt-vnc';
const clientDirectory = '/etc/pki/nova-novncproxy';

function isOn({ spec }: Pick<Cloud, 'spec'>): boolean {
  const { novnc } = spec.features.nova.console;
  return novnc.enabled && novnc.tls.enabled;
}

/**
 * Hypervisors and the proxy show each other certificates of one authority. A guest keeps the one that it was started with, so
 * they live as long as the authority.
 */
export function vncCredentials(cloud: Pick<Cloud, 'spec'>): readonly CredentialNeed[] {
  if (!isOn(cloud)) return [];
  const need = { sort: 'certificate', dnsNames: [] } as const;
  return [
    { ...need, name: authority, commonName: authority, isAuthority: true },
    { ...need, name: server, commonName: 'libvirt-vnc', issuer: authority },
    { ...need, name: client, commonName: 'nova-novncproxy', issuer: authority },
  ];
}

/** What qemu.conf says of consoles: by TLS, and to nobody but the proxy (https://libvirt.org/remote.html, `vnc_tls_x509_verify`). */
export function vncSettings({ cloud }: Chart): JsonRecord {
  if (!isOn(cloud)) return { vnc_tls: 0 };
  return { vnc_tls: 1, vnc_tls_x509_cert_dir: serverDirectory, vnc_tls_x509_verify: 1 };
}

/** What QEMU shows, under the names that it looks for. */
export function vncServerFiles(chart: Chart): readonly ConfigFile[] {
  return pems(chart, server, ['libvirt-vnc', `${serverDirectory}/`, 'server']);
}

/** How the proxy reaches consoles; those of guests that were started before have no TLS until they are started again or move. */
export function vncProxySections({ cloud }: Chart): Ini {
  if (!isOn(cloud)) return {};
  return {
    vnc: {
      auth_schemes: ['vencrypt', 'none'],
      vencrypt_client_key: `${clientDirectory}/client-key.pem`,
      vencrypt_client_cert: `${clientDirectory}/client-cert.pem`,
      vencrypt_ca_certs: `${clientDirectory}/ca-cert.pem`,
    },
  };
}

/** What the proxy shows. */
export function vncProxyFiles(chart: Chart): readonly ConfigFile[] {
  return pems(chart, client, ['nova-novncproxy-tls', `${clientDirectory}/`, 'client']);
}

function pems(
  chart: Chart,
  name: string,
  [secret, directory, role]: readonly [string, string, string],
): readonly ConfigFile[] {
  if (!isOn(chart.cloud)) return [];
  const pair = chart.cloud.secrets.certificate(name);
  const file = (key: string, text: string): ConfigFile =>
    textFile(chart, { secret, path: `${directory}${key}.pem` }, [text.trimEnd()]);
  return [file('ca-cert', pair.authority), file(`${role}-cert`, pair.certificate), file(`${role}-key`, pair.key)];
}
