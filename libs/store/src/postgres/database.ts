import 'reflect-metadata';
import {
  backoffSeconds,
  type BackoffPolicy,
  type Clock,
  isFailure,
  type Log,
  messageOf,
  type Random,
  sleep,
  transient,
} from '@keelson/std';
import pg from 'pg';
import { DataSource, type DataSourceOptions, type EntitySchema, type MigrationInterface } from 'typeorm';
import { sortPostgresError } from './errors.js';
import { OutboxTable, baseMigrations, TransitionTable } from './tables.js';
import { typeormLog } from './typeorm-log.js';

export interface DatabaseOptions {
  /** `postgres://role:password@host:port/database`. */
  readonly url: string;
  /** Schema of the service, made by `provisionDatabase`. */
  readonly schema: string;
  /** Name of the service, as PostgreSQL shows it in its list of connections. */
  readonly service: string;
  /** PEM of the authority that the server's certificate must come from; no TLS when absent. */
  readonly ca?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Tables of the service's own. */
  readonly entities?: readonly (EntitySchema | (new () => object))[];
  /** Their migrations, by a name that ends in a timestamp as TypeORM wants it. */
  readonly migrations?: readonly (new () => MigrationInterface)[];
}

const openBackoff: BackoffPolicy = { firstSeconds: 0.25, maxSeconds: 10, factor: 2 };

/** A data source that is wanted for ever: opened in the background, migrated once per process, its pool renews connections itself. */
export class Database {
  readonly source: DataSource;
  readonly #options: DatabaseOptions;
  readonly #closing = new AbortController();
  #opening: Promise<void> = Promise.resolve();
  #isOpen = false;
  #trouble = 'not opened yet';

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.source = new DataSource(sourceOptions(options));
  }

  /**
   * Tries to open. A database that is away is tried again in the background; resolves after the first attempt.
   *
   * @throws Failure terminal when the database refuses for good, as a migration that fails
   */
  async open(): Promise<void> {
    try {
      await this.#openOnce();
    } catch (error) {
      if (isFailure(error, 'terminal')) throw error;
      this.#warn(error, 1);
      this.#opening = this.#openLater();
    }
  }

  /**
   * Runs `work` with errors sorted.
   *
   * @throws Failure transient, reason `NotConnected`, until the database was opened once
   */
  async use<A>(doing: string, work: (source: DataSource) => Promise<A>): Promise<A> {
    if (!this.#isOpen)
      throw transient(`${doing}: PostgreSQL is not open yet (${this.#trouble})`, { reason: 'NotConnected' });
    try {
      return await work(this.source);
    } catch (error) {
      throw sortPostgresError(error, doing);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#opening;
    if (this.source.isInitialized) await this.source.destroy();
    this.#isOpen = false;
    this.#trouble = 'closed';
  }

  async #openLater(): Promise<void> {
    const { clock, random, log } = this.#options;
    for (let failures = 1; ; failures++) {
      await sleep(clock, backoffSeconds(openBackoff, failures, random) * 1000, this.#closing.signal).catch(
        () => undefined,
      );
      if (this.#closing.signal.aborted) return;
      try {
        await this.#openOnce();
        return log.info('PostgreSQL is open');
      } catch (error) {
        this.#warn(error, failures + 1);
      }
    }
  }

  async #openOnce(): Promise<void> {
    try {
      if (!this.source.isInitialized) await this.source.initialize();
      await migrate(this.source, this.#options.schema);
      this.#isOpen = true;
    } catch (error) {
      throw sortPostgresError(error, `opening the schema ${this.#options.schema}`);
    }
  }

  #warn(error: unknown, attempt: number): void {
    this.#trouble = messageOf(error);
    this.#options.log.warn('PostgreSQL cannot be opened yet', { error: this.#trouble, attempt });
  }
}

/** Instances that start together migrate one after the other: who does not get the lock comes back later. */
async function migrate(source: DataSource, schema: string): Promise<void> {
  const runner = source.createQueryRunner();
  const key = `keelson migrations of ${schema}`;
  try {
    const [{ locked }] = (await runner.query('select pg_try_advisory_lock(hashtext($1)) as locked', [key])) as [
      { locked: boolean },
    ];
    if (!locked) throw transient(`another instance migrates the schema ${schema}`, { reason: 'Migrating' });
    try {
      await source.runMigrations({ transaction: 'each' });
    } finally {
      await runner.query('select pg_advisory_unlock(hashtext($1))', [key]);
    }
  } finally {
    await runner.release();
  }
}

/** Milliseconds; the server's own limit comes first, so that a statement is cancelled rather than left behind. */
const statementTimeoutMs = 15_000;

function sourceOptions(options: DatabaseOptions): DataSourceOptions {
  const { url, schema, service, ca, log } = options;
  return {
    type: 'postgres',
    driver: pg,
    url,
    schema,
    ssl: ca === undefined ? false : { ca },
    applicationName: service,
    connectTimeoutMS: 5_000,
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    synchronize: false,
    migrationsRun: false,
    migrationsTableName: 'migration',
    entities: [TransitionTable, OutboxTable, ...(options.entities ?? [])],
    migrations: [...baseMigrations, ...(options.migrations ?? [])],
    logging: false,
    logger: typeormLog(log),
    poolErrorHandler: (error: unknown) => log.warn('a connection to PostgreSQL was lost', { error: messageOf(error) }),
    extra: {
      max: 5,
      options: `-c search_path=${schema}`,
      statement_timeout: statementTimeoutMs,
      lock_timeout: 5_000,
      idle_in_transaction_session_timeout: 120_000,
      query_timeout: statementTimeoutMs + 5_000,
      keepAlive: true,
    },
  };
}
