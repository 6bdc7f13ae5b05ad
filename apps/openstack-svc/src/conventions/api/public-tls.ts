import type { KubeObject } from '@keelson/api';
import { terminal } from '@keelson/std';
import { type Cloud, type CredentialNeed, resolveText } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import type { Chart } from '../../render/chart.js';
import { secretObject, textFile } from '../../render/files.js';
import { publicTlsSecret } from '../../render/network.js';

const name = 'public-endpoints';

/** A certificate of our own for the public names, when the spec brings none. */
export function publicCertificate({ spec }: Pick<Cloud, 'spec'>): readonly CredentialNeed[] {
  const { api_cert: certificate, api_key: key } = spec.features.ssl.public_endpoints;
  if (certificate !== undefined && key !== undefined) return [];
  const domain = spec.public_domain_name;
  return [{ sort: 'certificate', name, commonName: `*.${domain}`, dnsNames: [`*.${domain}`, domain], renewed: true }];
}

/** Certificate and key of all public endpoints, as the ingress controller and the gateway read them. */
export function publicTls(chart: Chart): KubeObject {
  return secretObject(chart, publicTlsSecret, publicPems(chart.cloud), 'kubernetes.io/tls');
}

/** The same as files: pods that do not look at them again are replaced when they change. */
export function publicTlsFiles(chart: Chart, directory: string): readonly ConfigFile[] {
  const pems = publicPems(chart.cloud);
  return (['tls.crt', 'tls.key'] as const).map((key) =>
    textFile(chart, { secret: publicTlsSecret, path: `${directory}/${key}` }, [pems[key].trimEnd()]),
  );
}

/** What the spec gives, else what is generated. @throws Failure terminal for a key that asks for a passphrase */
export function publicPems(cloud: Cloud): Readonly<Record<'tls.crt' | 'tls.key' | 'ca.crt', string>> {
  const { secrets, spec } = cloud;
  const { api_cert: certificate, api_key: key, ca_cert: authority } = spec.features.ssl.public_endpoints;
  const given = key === undefined ? '' : resolveText(cloud, key);
  if (isEncryptedKey(given))
    throw terminal(
      'Rendering OpenStack: spec.features.ssl.public_endpoints.api_key is encrypted: give the key without a passphrase',
      { reason: 'InvalidSpec' },
    );
  const own = certificate === undefined || key === undefined ? secrets.certificate(name) : undefined;
  return {
    'tls.crt': own?.certificate ?? resolveText(cloud, certificate ?? ''),
    'tls.key': own?.key ?? given,
    'ca.crt': own?.authority ?? resolveText(cloud, authority ?? ''),
  };
}

/** A key that asks for a passphrase, which no server can type: PKCS#8 or the older form of OpenSSL. */
export function isEncryptedKey(pem: string): boolean {
  return pem.includes('BEGIN ENCRYPTED PRIVATE KEY') || /Proc-Type:\s*4,\s*ENCRYPTED/.test(pem);
}
