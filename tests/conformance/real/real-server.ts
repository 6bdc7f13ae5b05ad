import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createAuthority, issueCertificate, type KeyAndCertificate, systemClock } from '@keelson/std';
import { ask, type Target } from '../wire/client.js';
import type { Binaries } from './binaries.js';

const startMs = 120_000;

/** Certificates and keys of one reference server, written into its folder. */
interface Credentials {
  readonly authority: KeyAndCertificate;
  readonly issue: (user: string, groups: readonly string[]) => KeyAndCertificate;
}

/**
 * Starts a real kube-apiserver with an etcd of its own (and a controller manager where there is one) on free ports of
 * the loopback, in a temporary folder that goes with it.
 *
 * @throws Error with the end of its log when it does not become ready within two minutes
 */
export async function realServer(binaries: Binaries): Promise<Target & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-real-'));
  const children: ChildProcess[] = [];
  const start = (name: string, program: string, args: readonly string[]): void => {
    const log = createWriteStream(join(folder, `${name}.log`));
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    children.push(child);
  };
  const close = async (): Promise<void> => {
    await Promise.all(children.toReversed().map(end));
    rmSync(folder, { recursive: true, force: true });
  };
  const [client, peer, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const { authority, issue } = credentialsIn(folder);
  const target = { port, authority: authority.certPem, issue };
  start('etcd', binaries.etcd, etcdArguments(folder, client, peer));
  start('apiserver', binaries.apiserver, apiserverArguments(folder, client, port));
  try {
    await ready(target, folder);
    if (binaries.controllerManager !== undefined) {
      writeFileSync(
        join(folder, 'kubeconfig'),
        kubeconfigText(port, authority, issue('controllers', ['system:masters'])),
      );
      start('controllers', binaries.controllerManager, controllerArguments(folder));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { ...target, close };
}

function credentialsIn(folder: string): Credentials {
  const notBefore = systemClock.now() - 60_000;
  const authority = createAuthority({ commonName: 'reference', notBefore, days: 2 });
  const issue = (commonName: string, organizations: readonly string[]): KeyAndCertificate =>
    issueCertificate(authority, { commonName, organizations, notBefore, days: 2, usages: ['client'] });
  const server = issueCertificate(authority, {
    commonName: 'kube-apiserver',
    notBefore,
    days: 2,
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
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
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { authority, issue };
}

/** As the embedded API has it: nobody in particular may ask how the server is and which, and nothing else. */
const authentication = {
  apiVersion: 'apiserver.config.k8s.io/v1beta1',
  kind: 'AuthenticationConfiguration',
  anonymous: {
    enabled: true,
    conditions: ['/healthz', '/livez', '/readyz', '/version'].map((path) => ({ path })),
  },
};

function etcdArguments(folder: string, client: number, peer: number): readonly string[] {
  const [clients, peers] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
  ];
}

function apiserverArguments(folder: string, etcd: number, port: number): readonly string[] {
  const file = (name: string): string => join(folder, name);
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${file('certificates')}`,
    `--tls-cert-file=${file('server.crt')}`,
    `--tls-private-key-file=${file('server.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    '--service-cluster-ip-range=10.97.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('accounts.pub')}`,
    `--service-account-signing-key-file=${file('accounts.key')}`,
    '--authorization-mode=RBAC',
    `--authentication-config=${file('authentication.json')}`,
    '--endpoint-reconciler-type=none',
    '--disable-admission-plugins=ServiceAccount',
    '--enable-priority-and-fairness=false',
  ];
}

function controllerArguments(folder: string): readonly string[] {
  return [
    `--kubeconfig=${join(folder, 'kubeconfig')}`,
    '--controllers=namespace-controller,garbage-collector-controller,serviceaccount-controller,clusterrole-aggregation-controller',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    '--secure-port=0',
  ];
}

async function ready(target: Target, folder: string): Promise<void> {
  const until = systemClock.now() + startMs;
  const asked = { method: 'GET', path: '/readyz', as: 'admin/system:masters', headers: {} };
  while (systemClock.now() < until) {
    const reply = await ask(target, asked).catch(() => undefined);
    if (reply?.status === 200) return;
    await pause(250);
  }
  const log = readFileSync(join(folder, 'apiserver.log'), 'utf8').split('\n').slice(-20).join('\n');
  throw new Error(`the reference kube-apiserver did not become ready:\n${log}`);
}

function kubeconfigText(port: number, authority: KeyAndCertificate, user: KeyAndCertificate): string {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'real',
    clusters: [
      {
        name: 'real',
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'certificate-authority-data': base64(authority.certPem),
        },
      },
    ],
    users: [
      {
        name: 'real',
        user: { 'client-certificate-data': base64(user.certPem), 'client-key-data': base64(user.keyPem) },
      },
    ],
    contexts: [{ name: 'real', context: { cluster: 'real', user: 'real' } }],
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
