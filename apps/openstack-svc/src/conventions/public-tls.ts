import type { KubeObject } from '@keelson/api';
import { type Cloud, type CredentialNeed, resolveText } from '../cloud/cloud.js';
import type { Chart } from '../render/chart.js';
import { secretObject } from '../render/files.js';
import { publicTlsSecret } from '../render/network.js';

const name = 'public-endpoints';

/** A certificate of our own for the public names, when the spec brings none. */
export function publicCertificate({ spec }: Pick<Cloud, 'spec'>): readonly CredentialNeed[] {
  const { api_cert: certificate, api_key: key } = spec.features.ssl.public_endpoints;
  if (certificate !== undefined && key !== undefined) return [];
  const domain = spec.public_domain_name;
  return [{ sort: 'certificate', name, commonName: `*.${domain}`, dnsNames: [`*.${domain}`, domain] }];
}

/** Certificate and key of all public endpoints, as the ingress controller and the gateway read them. */
export function publicTls(chart: Chart): KubeObject {
  const { secrets, spec } = chart.cloud;
  const { api_cert: certificate, api_key: key, ca_cert: authority } = spec.features.ssl.public_endpoints;
  const own = certificate === undefined || key === undefined ? secrets.certificate(name) : undefined;
  return secretObject(
    chart,
    publicTlsSecret,
    {
      'tls.crt': own?.certificate ?? resolveText(chart.cloud, certificate ?? ''),
      'tls.key': own?.key ?? resolveText(chart.cloud, key ?? ''),
      'ca.crt': own?.authority ?? resolveText(chart.cloud, authority ?? ''),
    },
    'kubernetes.io/tls',
  );
}
