import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAuthority, issueCertificate, type KeyAndCertificate, systemClock } from '@keelson/std';
import { type PostgresOptions, startPostgres, type ThrowawayPostgres } from '@keelson/testing/postgres';
import pg from 'pg';

const program = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'apps', 'kube-api', 'dist', 'main.js');

export interface ApiProcessOptions {
  /** Database of the stand's PostgreSQL. */
  readonly database: string;
  readonly port: number;
  readonly standby?: boolean;
  readonly nodeArguments?: readonly string[];
}

/** A PostgreSQL and processes of the embedded Kubernetes API over it, without the rest of an installation. */
export class ApiStand {
  readonly postgres: ThrowawayPostgres;
  readonly #folder = mkdtempSync(join(tmpdir(), 'keelson-api-stand-'));
  readonly #authority: KeyAndCertificate;
  readonly #processes: ApiProcess[] = [];

  private constructor(postgres: ThrowawayPostgres, authority: KeyAndCertificate) {
    this.postgres = postgres;
    this.#authority = authority;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const server = certificate(authority, 'kube-api');
    this.#write('ca.crt', authority.certPem);
    this.#write('tls.crt', server.certPem);
    this.#write('tls.key', server.keyPem);
    this.#write('sa.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }

  static async open(options: Pick<PostgresOptions, 'durable'> = {}): Promise<ApiStand> {
    const authority = createAuthority({ commonName: 'stand', notBefore: systemClock.now() - 60_000, days: 1 });
    const postgres = await startPostgres({ ...options, tls: certificate(authority, 'postgres') });
    return new ApiStand(postgres, authority);
  }

  /** What a client needs to be an administrator. */
  get credentials(): { readonly ca: string; readonly cert: string; readonly key: string } {
    const { certPem, keyPem } = issueCertificate(this.#authority, {
      commonName: 'admin',
      organizations: ['system:masters'],
      notBefore: systemClock.now() - 60_000,
      days: 1,
      usages: ['client'],
    });
    return { ca: this.#authority.certPem, cert: certPem, key: keyPem };
  }

  /** Asks a database directly. */
  async query<R extends pg.QueryResultRow>(database: string, text: string): Promise<R[]> {
    const client = new pg.Client({ connectionString: this.#url(database), ssl: { ca: this.#authority.certPem } });
    await client.connect();
    try {
      return (await client.query<R>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts a process; it may not serve for long, see `serving`. */
  start({ database, port, standby = false, nodeArguments = [] }: ApiProcessOptions): ApiProcess {
    this.#write(`${database}.url`, this.#url(database));
    const file = (name: string): string => join(this.#folder, name);
    const child = spawn(process.execPath, [...nodeArguments, program], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        NODE_ENV: 'test',
        KEELSON_KUBE_API_PORT: String(port),
        KEELSON_KUBE_API_STANDBY: String(standby),
        KEELSON_KUBE_API_POSTGRES_URL_FILE: file(`${database}.url`),
        KEELSON_KUBE_API_CA_FILE: file('ca.crt'),
        KEELSON_KUBE_API_TLS_CERT_FILE: file('tls.crt'),
        KEELSON_KUBE_API_TLS_KEY_FILE: file('tls.key'),
        KEELSON_KUBE_API_SERVICE_ACCOUNT_KEY_FILE: file('sa.key'),
      },
    });
    const started = new ApiProcess(child, port);
    this.#processes.push(started);
    return started;
  }

  /** Ends everything and removes every file. */
  async close(): Promise<void> {
    for (const one of this.#processes) one.signal('SIGKILL');
    await Promise.all(this.#processes.map((one) => one.ended));
    await this.postgres.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text, { mode: 0o600 });
  }

  #url(database: string): string {
    const url = new URL(this.postgres.adminUrl);
    url.pathname = `/${database}`;
    return url.toString();
  }
}

/** One process of the embedded Kubernetes API. */
export class ApiProcess {
  readonly port: number;
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #said = '';
  #hasEnded = false;

  constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString('utf8')).slice(-20_000)));
    const orphan = (): void => this.signal('SIGKILL');
    process.once('exit', orphan);
    this.ended = new Promise((resolve) =>
      child.once('exit', (code) => {
        this.#hasEnded = true;
        process.removeListener('exit', orphan);
        resolve(code);
      }),
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The end of what it has logged. */
  get said(): string {
    return this.#said;
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) this.#child.kill(signal);
  }

  /**
   * Resolves when it has logged `words`.
   *
   * @throws Error with its last words when it ended or `seconds` passed first
   */
  async saying(words: string, seconds = 60): Promise<void> {
    const deadline = systemClock.now() + seconds * 1000;
    while (!this.#said.includes(words)) {
      if (this.#hasEnded || systemClock.now() > deadline)
        throw new Error(`kube-api ${this.pid} did not say "${words}": ${this.#said.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Resolves when it answers requests. */
  serving(seconds = 60): Promise<void> {
    return this.saying('serving https://', seconds);
  }
}

function certificate(authority: KeyAndCertificate, commonName: string): KeyAndCertificate {
  return issueCertificate(authority, {
    commonName,
    ipAddresses: ['127.0.0.1'],
    notBefore: systemClock.now() - 60_000,
    days: 1,
    usages: ['server'],
  });
}
