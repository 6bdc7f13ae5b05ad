import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '@keelson/e2e';
import { type Clock, createAuthority, issueCertificate, sleep } from '@keelson/std';
import { freePort } from '@keelson/testing/postgres';

export interface ReferenceServer {
  readonly port: number;
  readonly credentials: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly pids: ReadonlyMap<string, number>;
  readonly close: () => Promise<void>;
}

/**
 * Starts a real kube-apiserver and its etcd on free ports of the loopback, in a folder that goes with them.
 *
 * @throws Error when it does not become ready within two minutes
 */
export async function startReference(
  programs: { readonly apiserver: string; readonly etcd: string },
  clock: Clock,
): Promise<ReferenceServer> {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-reference-'));
  const credentials = credentialsIn(folder, clock);
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const children: ChildProcess[] = [];
  const start = (program: string, args: readonly string[]): number => {
    const child = spawn(program, args, { stdio: 'ignore' });
    process.once('exit', () => child.kill('SIGKILL'));
    children.push(child);
    return child.pid ?? 0;
  };
  const close = async (): Promise<void> => {
    await Promise.all(children.map(ended));
    rmSync(folder, { recursive: true, force: true });
  };
  const pids = new Map([
    ['etcd', start(programs.etcd, etcdArguments(folder, client, peer))],
    ['api', start(programs.apiserver, apiserverArguments(folder, client, port))],
  ]);
  const asking = new ApiClient({ port, credentials });
  for (let tries = 0; tries < 480; tries += 1) {
    const answer = await asking.send('GET', '/readyz').catch(() => undefined);
    if (answer?.code === 200) {
      asking.close();
      return { port, credentials, pids, close };
    }
    await sleep(clock, 250);
  }
  await close();
  throw new Error('the real kube-apiserver did not become ready within two minutes');
}

function credentialsIn(folder: string, clock: Clock): ReferenceServer['credentials'] {
  const validity = { notBefore: clock.now() - 60_000, days: 1 };
  const authority = createAuthority({ commonName: 'reference', ...validity });
  const server = issueCertificate(authority, {
    commonName: 'kube-apiserver',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    ...validity,
  });
  const admin = issueCertificate(authority, {
    commonName: 'admin',
    organizations: ['system:masters'],
    usages: ['client'],
    ...validity,
  });
  const accounts = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = {
    'ca.crt': authority.certPem,
    'tls.crt': server.certPem,
    'tls.key': server.keyPem,
    'sa.key': accounts.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'sa.pub': accounts.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  return { ca: authority.certPem, cert: admin.certPem, key: admin.keyPem };
}

function etcdArguments(folder: string, client: number, peer: number): string[] {
  const [clients, peers] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
  ];
}

/** Flags as of 1.33 and 1.34. */
function apiserverArguments(folder: string, etcd: number, port: number): string[] {
  const file = (name: string): string => join(folder, name);
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${file('certificates')}`,
    `--tls-cert-file=${file('tls.crt')}`,
    `--tls-private-key-file=${file('tls.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    '--service-cluster-ip-range=10.97.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('sa.pub')}`,
    `--service-account-signing-key-file=${file('sa.key')}`,
    '--authorization-mode=RBAC',
    '--endpoint-reconciler-type=none',
    '--disable-admission-plugins=ServiceAccount',
  ];
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
