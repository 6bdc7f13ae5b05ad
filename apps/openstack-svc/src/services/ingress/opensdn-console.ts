import type { KubeObject } from '@keelson/api';
import { publicPems } from '../../conventions/api/public-tls.js';
import { type Chart, metadataOf, publicHost } from '../../render/chart.js';
import { kubeObject } from '../../render/kubernetes.js';
import { ingressClass, publicTlsSecret } from '../../render/network.js';
import { backendOf } from '../networking/backend.js';

const name = 'tf-webui';
/** What sdn-svc calls the console's Service in the namespace `tf`, and its port of HTTPS. */
const webConsole = { host: 'tf-webui.tf.svc', port: 8143 } as const;

/**
 * Brings users from `tf-webui.<public domain>` to OpenSDN's web console, which runs in a namespace that the cloud's ingress controller
 * does not watch. The console serves under the certificate of the public names, which is checked where its authority is known.
 */
export function openSdnConsole(chart: Chart): KubeObject[] {
  const { cloud } = chart;
  if (backendOf(cloud) !== 'tungstenfabric') return [];
  const metadata = metadataOf(chart, name, name);
  const host = publicHost(cloud, name);
  const externalName = `${webConsole.host}.${cloud.spec.internal_domain_name}`;
  const backend = { service: { name, port: { number: webConsole.port } } };
  return [
    kubeObject({
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { type: 'ExternalName', externalName, ports: [{ name: 'https', port: webConsole.port, protocol: 'TCP' }] },
    }),
    kubeObject({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { ...metadata, annotations: annotations(chart, host) },
      spec: {
        ingressClassName: ingressClass,
        tls: [{ hosts: [host], secretName: publicTlsSecret }],
        rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      },
    }),
  ];
}

function annotations({ cloud }: Chart, host: string): Record<string, string> {
  const prefix = 'nginx.ingress.kubernetes.io';
  const checked = {
    [`${prefix}/proxy-ssl-secret`]: `${cloud.namespace}/${publicTlsSecret}`,
    [`${prefix}/proxy-ssl-verify`]: 'on',
    [`${prefix}/proxy-ssl-name`]: host,
    [`${prefix}/proxy-ssl-server-name`]: 'on',
  };
  return { [`${prefix}/backend-protocol`]: 'HTTPS', ...(publicPems(cloud)['ca.crt'] === '' ? {} : checked) };
}
