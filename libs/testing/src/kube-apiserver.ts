import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAuthority,
  issueCertificate,
  type KeyAndCertificate,
  sleep,
  systemClock,
  systemHttp,
  transient,
} from '@keelson/std';
import { diesWithUs, ended, freePort } from './child.js';
import { apiserverArguments, authentication, controllerArguments, etcdArguments } from './kube-apiserver-flags.js';

/** Programs of a real cluster without nodes: the third makes namespaces and garbage go. */
export interface KubernetesPrograms {
  readonly apiserver: string;
  readonly etcd: string;
  readonly controllerManager?: string;
}

export interface RealServerOptions {
  readonly programs: KubernetesPrograms;
  /** Syncs every commit to the disk and shares requests out by priority, as in production: for measurements. */
  readonly asInProduction?: boolean;
}

/** A real kube-apiserver, with all that it needs. */
export interface RealServer {
  readonly port: number;
  /** PEM of the authority of the server and of clients. */
  readonly authority: string;
  /** A client certificate of that authority. */
  issue(user: string, groups: readonly string[]): KeyAndCertificate;
  /** Processes by what they are: `etcd`, `api`, `controllers`. */
  readonly pids: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const startMs = 120_000;

/**
 * Starts a real kube-apiserver with an etcd of its own, and a controller manager where there is one, on free ports of the
 * loopback, in a temporary folder that goes with it.
 *
 * @throws Failure transient with the end of its log when it does not become ready within two minutes
 */
export async function startKubeApiserver({ programs, asInProduction = false }: RealServerOptions): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-real-'));
  const children = new Map<string, ChildProcess>();
  const start = (name: string, program: string, args: readonly string[]): void => {
    children.set(name, logged(program, args, join(folder, `${name}.log`)));
  };
  const close = async (): Promise<void> => {
    await Promise.all([...children.values()].toReversed().map((child) => ended(child, 'SIGKILL')));
    rmSync(folder, { recursive: true, force: true });
  };
  const [client, peer, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const { authority, issue } = credentialsIn(folder);
  try {
    start('etcd', programs.etcd, etcdArguments({ folder, client, peer, asInProduction }));
    start('api', programs.apiserver, apiserverArguments({ folder, etcd: client, port, asInProduction }));
    await ready(port, authority, join(folder, 'api.log'));
    if (programs.controllerManager !== undefined) {
      const controllers = issue('controllers', ['system:masters']);
      const kubeconfig = kubeconfigOf({ port, authority: authority.certPem }, controllers);
      writeFileSync(join(folder, 'kubeconfig'), kubeconfig, { mode: 0o600 });
      start('controllers', programs.controllerManager, controllerArguments(folder));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const pids = new Map([...children].map(([name, { pid = 0 }]) => [name, pid]));
  return { port, authority: authority.certPem, issue, pids, close };
}

function logged(program: string, args: readonly string[], file: string): ChildProcess {
  const log = createWriteStream(file);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  diesWithUs(child);
  return child;
}

/** Certificates and keys of one server, written into its folder. */
function credentialsIn(folder: string): { authority: KeyAndCertificate; issue: RealServer['issue'] } {
  const validity = { notBefore: systemClock.now() - 60_000, days: 2 };
  const authority = createAuthority({ commonName: 'reference', ...validity });
  const server = issueCertificate(authority, {
    commonName: 'kube-apiserver',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    ...validity,
  });
  const accounts = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = {
    'ca.crt': authority.certPem,
    'server.crt': server.certPem,
    'server.key': server.keyPem,
    'accounts.key': accounts.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'accounts.pub': accounts.publicKey.export({ type: 'spki', format: 'pem' }),
    'authentication.json': JSON.stringify(authentication),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  return {
    authority,
    issue: (commonName, organizations) =>
      issueCertificate(authority, { commonName, organizations, usages: ['client'], ...validity }),
  };
}

/** Nobody in particular may ask whether it is ready. */
async function ready(port: number, authority: KeyAndCertificate, log: string): Promise<void> {
  const url = `https://127.0.0.1:${port}/readyz`;
  const tls = { ca: authority.certPem };
  for (const until = systemClock.now() + startMs; systemClock.now() < until; await sleep(systemClock, 250)) {
    const answer = await systemHttp({ method: 'GET', url, timeoutMs: 10_000, tls }).catch(() => undefined);
    if (answer?.status === 200) return;
  }
  const said = readFileSync(log, 'utf8').split('\n').slice(-20).join('\n');
  throw transient(`the real kube-apiserver did not become ready within two minutes:\n${said}`);
}

/** The kubeconfig of somebody whom the server has issued a certificate. */
export function kubeconfigOf(server: Pick<RealServer, 'port' | 'authority'>, user: KeyAndCertificate): string {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  const cluster = {
    server: `https://127.0.0.1:${server.port}`,
    'certificate-authority-data': base64(server.authority),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'real',
    clusters: [{ name: 'real', cluster }],
    users: [
      {
        name: 'real',
        user: { 'client-certificate-data': base64(user.certPem), 'client-key-data': base64(user.keyPem) },
      },
    ],
    contexts: [{ name: 'real', context: { cluster: 'real', user: 'real' } }],
  });
}
