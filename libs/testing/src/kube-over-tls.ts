import { httpKubeApi, type KubeApi } from '@keelson/kube';
import { type ServedApi, serveEngine } from '@keelson/kube-server';
import {
  createAuthority,
  issueCertificate,
  type KeyAndCertificate,
  silentLog,
  systemClock,
  systemRandom,
} from '@keelson/std';
import { engineFor, type KubeWorld, type KubeWorldOptions } from './kube-worlds.js';

export interface ServedKubeWorld extends KubeWorld {
  readonly server: string;
  /** PEM of the authority that signed the server's certificate and believes client certificates. */
  readonly certificateAuthority: string;
  kubeconfig(user: string, organizations: readonly string[]): string;
  withToken(token: string | (() => string)): KubeApi;
  /** Ends the server; the engine stays. */
  interrupt(): Promise<void>;
  /** Serves the engine again at the same address. */
  resume(): Promise<void>;
}

/** Over TLS on a loopback address, with client certificates of its own authority. */
export async function kubeOverTls(options: KubeWorldOptions = {}): Promise<ServedKubeWorld> {
  const engine = await engineFor(options);
  const clock = options.clock ?? systemClock;
  const life = { notBefore: systemClock.now() - 3_600_000, days: 2 };
  const authority = createAuthority({ commonName: 'throwaway Kubernetes CA', ...life });
  const { certPem, keyPem } = issueCertificate(authority, {
    commonName: 'kubernetes',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    ...life,
  });
  const serve = (port: number): Promise<ServedApi> =>
    serveEngine(engine, {
      host: '127.0.0.1',
      port,
      tls: { cert: certPem, key: keyPem, clientCa: authority.certPem },
      clock,
      log: silentLog,
    });
  let served = await serve(0);
  const { port } = served;
  const server = `https://127.0.0.1:${port}`;
  const common = { clock: systemClock, random: systemRandom, log: silentLog, userAgent: 'keelson' };
  const kubeconfig = (user: string, organizations: readonly string[]): string =>
    kubeconfigText(
      server,
      authority.certPem,
      issueCertificate(authority, { commonName: user, organizations, usages: ['client'], ...life }),
    );
  return {
    engine,
    server,
    certificateAuthority: authority.certPem,
    api: httpKubeApi({ ...common, kubeconfig: kubeconfig('admin', ['system:masters']) }),
    as: (user) => httpKubeApi({ ...common, kubeconfig: kubeconfig(user, []) }),
    withToken: (token) => httpKubeApi({ ...common, server, certificateAuthority: authority.certPem, token }),
    kubeconfig,
    interrupt: () => served.close(),
    resume: async () => void (served = await serve(port)),
    async close() {
      await served.close();
      await engine.close();
    },
  };
}

/** JSON is YAML. */
function kubeconfigText(server: string, certificateAuthority: string, client: KeyAndCertificate): string {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'world', cluster: { server, 'certificate-authority-data': base64(certificateAuthority) } }],
    users: [
      {
        name: 'me',
        user: { 'client-certificate-data': base64(client.certPem), 'client-key-data': base64(client.keyPem) },
      },
    ],
    contexts: [{ name: 'world', context: { cluster: 'world', user: 'me' } }],
    'current-context': 'world',
  });
}
