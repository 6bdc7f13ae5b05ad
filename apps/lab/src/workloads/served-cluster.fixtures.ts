import { type ServiceProxy, serveEngine } from '@keelson/kube-server';
import { type KeyAndCertificate, createAuthority, issueCertificate, silentLog, systemClock } from '@keelson/std';
import type { ChildApi } from '../clusters/child-api.js';
import { engineBehind } from '../clusters/engine-child-api.js';

/** The API of a simulated cluster on a loopback address, with certificates of its own authority. */
export interface ServedCluster {
  readonly kubeconfig: (user: string, organizations?: readonly string[]) => string;
  readonly close: () => Promise<void>;
}

const life = { notBefore: systemClock.now() - 3_600_000, days: 2 };

export async function serveCluster(api: ChildApi, serviceProxy?: ServiceProxy): Promise<ServedCluster> {
  const authority = createAuthority({ commonName: 'throwaway CA', ...life });
  const { certPem, keyPem } = issueCertificate(authority, {
    commonName: 'api',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    ...life,
  });
  const served = await serveEngine(await engineBehind(api), {
    host: '127.0.0.1',
    port: 0,
    tls: { cert: certPem, key: keyPem, clientCa: authority.certPem },
    clock: systemClock,
    log: silentLog,
    ...(serviceProxy === undefined ? {} : { serviceProxy }),
  });
  return {
    kubeconfig: (user, organizations = []) =>
      kubeconfigText(
        `https://127.0.0.1:${served.port}`,
        authority.certPem,
        issueCertificate(authority, { commonName: user, organizations, usages: ['client'], ...life }),
      ),
    close: () => served.close(),
  };
}

/** JSON is YAML. */
function kubeconfigText(server: string, certificateAuthority: string, client: KeyAndCertificate): string {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  const certificates = { 'client-certificate-data': base64(client.certPem), 'client-key-data': base64(client.keyPem) };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': base64(certificateAuthority) } }],
    users: [{ name: 'u', user: certificates }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}
