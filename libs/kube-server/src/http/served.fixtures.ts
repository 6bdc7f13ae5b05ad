import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAuthority,
  issueCertificate,
  type KeyAndCertificate,
  silentLog,
  systemClock,
  systemRandom,
} from '@keelson/std';
import { type Engine, type EngineOptions, openEngine } from '../engine/engine.js';
import { memoryLog } from '../storage/memory-log.js';
import { serveEngine, type ServeOptions } from './serve.js';

/** An engine over memory, served on a free port of the loopback, with the credentials to reach it. For tests. */
export interface ServedEngine {
  readonly engine: Engine;
  readonly port: number;
  refusedMediaTypes(): number;
  /** PEM of the authority of the server and of clients. */
  readonly authority: string;
  readonly admin: KeyAndCertificate;
  /** A client certificate for any user. */
  issue(commonName: string, organizations: readonly string[]): KeyAndCertificate;
  /** A new directory that goes with the server. */
  readonly directory: string;
  /** Path of a kubeconfig of an administrator. */
  readonly kubeconfig: string;
  /** Cuts all connections and serves again on the same port, as a server that was started again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function servedEngine(
  options: Partial<EngineOptions> = {},
  serving: Pick<ServeOptions, 'podLog'> = {},
): Promise<ServedEngine> {
  const notBefore = systemClock.now() - 60_000;
  const authority = createAuthority({ commonName: 'test', notBefore, days: 1 });
  const server = issueCertificate(authority, {
    commonName: 'kube-api',
    notBefore,
    days: 1,
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  });
  const issue = (commonName: string, organizations: readonly string[]): KeyAndCertificate =>
    issueCertificate(authority, { commonName, organizations, notBefore, days: 1, usages: ['client'] });
  const admin = issue('admin', ['system:masters']);
  const engine = await openEngine({
    log: memoryLog({ keepsTail: true }),
    profile: 'management',
    clock: systemClock,
    random: systemRandom,
    logger: silentLog,
    ...options,
  });
  const tls = { cert: server.certPem, key: server.keyPem, clientCa: authority.certPem };
  const serve = (port: number): ReturnType<typeof serveEngine> =>
    serveEngine(engine, { host: '127.0.0.1', port, tls, clock: systemClock, log: silentLog, ...serving });
  let api = await serve(0);
  const directory = mkdtempSync(join(tmpdir(), 'keelson-kube-'));
  const kubeconfig = join(directory, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigText(api.port, authority.certPem, admin));
  return {
    engine,
    port: api.port,
    refusedMediaTypes: () => api.refusedMediaTypes(),
    authority: authority.certPem,
    admin,
    issue,
    directory,
    kubeconfig,
    async restart() {
      await api.close();
      api = await serve(api.port);
    },
    async close() {
      await api.close();
      await engine.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A kubeconfig is YAML, of which JSON is a part. */
function kubeconfigText(port: number, authority: string, admin: KeyAndCertificate): string {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      {
        name: 'test',
        cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': base64(authority) },
      },
    ],
    users: [
      {
        name: 'test',
        user: { 'client-certificate-data': base64(admin.certPem), 'client-key-data': base64(admin.keyPem) },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}
