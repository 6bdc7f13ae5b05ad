import { readFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import type { CertificateFiles } from './certificates.js';

/** A kubeconfig with a client certificate, everything inline, so that the file can be moved. */
export function kubeconfigText(options: {
  readonly server: string;
  readonly caPem: string;
  readonly user: string;
  readonly certificate: CertificateFiles;
}): string {
  const { server, caPem, user, certificate } = options;
  const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'keelson', cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [
      {
        name: user,
        user: {
          'client-certificate-data': base64(readFileSync(certificate.cert)),
          'client-key-data': base64(readFileSync(certificate.key)),
        },
      },
    ],
    contexts: [{ name: 'keelson', context: { cluster: 'keelson', user } }],
    'current-context': 'keelson',
  });
}
