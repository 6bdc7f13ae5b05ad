import { join } from 'node:path';
import { kubeApiOf } from '../credentials/access.js';
import type { Credentials } from '../credentials/credentials.js';
import type { Layout } from '../layout.js';
import { nodeProgram } from '../supervision/node-program.js';
import { probeReady } from '../probe-https.js';
import { type ManagementApi, managementName, provisionApi } from './management-api.js';

/** The embedded API, with its objects in the installation's PostgreSQL. Services have client certificates of its authority. */
export function embeddedApi(layout: Layout, port: number, credentials: Credentials): ManagementApi {
  credentials.writeAdminKubeconfig();
  const server = `https://127.0.0.1:${port}`;
  const { certFile: caFile, certPem } = credentials.authority;
  return {
    server,
    caFile,
    kubeconfigOf: (service) => credentials.kubeconfigOf(service),
    component: (workloads) => {
      const certificate = credentials.certificate(managementName);
      return {
        ...nodeProgram(join(layout.root, 'apps/kube-api/dist/main.js')),
        name: managementName,
        title: 'Kubernetes API',
        after: [],
        env: {
          KEELSON_KUBE_API_HOST: '127.0.0.1',
          KEELSON_KUBE_API_PORT: String(port),
          KEELSON_KUBE_API_POSTGRES_URL_FILE: credentials.database(managementName).databaseUrlFile,
          KEELSON_KUBE_API_CA_FILE: caFile,
          KEELSON_KUBE_API_TLS_CERT_FILE: certificate.cert,
          KEELSON_KUBE_API_TLS_KEY_FILE: certificate.key,
          KEELSON_KUBE_API_SERVICE_ACCOUNT_KEY_FILE: credentials.serviceAccountKeyFile,
        },
        probe: () => probeReady(`${server}/readyz`, certPem),
        provision: () => provisionApi(kubeApiOf(layout.kubeconfig), layout, workloads),
      };
    },
  };
}
