import { type Clock, type Log, messageOf, type Random, sleep, type Timer, transient } from '@keelson/std';
import pg from 'pg';
import { textOf } from './json-text.js';
import { type LogEntry, type LogState, type ObjectLog, WriterLost } from './log.js';
import {
  appendOneStatement,
  appendStatement,
  compactStatement,
  deleteType,
  putType,
  tableStatements,
} from './postgres-tables.js';
import type { Stored } from './stored.js';

export interface PostgresLogOptions {
  /** `postgres://role:password@host:port/database`; the role owns the schema, or may make it. */
  readonly url: string;
  /** PEM of the authority that the server's certificate must come from; no TLS when absent. */
  readonly ca?: string;
  /** `kube_api` when absent. */
  readonly schema?: string;
  /** How long to wait for a writer that is ending; 30 s when absent. */
  readonly waitSeconds?: number;
  /** Waits at first for as long as another process is the writer, to take over from it. */
  readonly standby?: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A durable log in PostgreSQL: what was acknowledged survives the crash of this process and of the database. */
export function postgresLog(options: PostgresLogOptions): ObjectLog {
  return new PostgresLog(options);
}

const statementTimeoutMs = 15_000;
const lockEveryMs = 250;
const goodbyeMs = 2000;
/**
 * PostgreSQL ends a session that is silent for so long, and its lock with it: a writer that is frozen or cut off makes way.
 * One that lives says so four times as often. A setting since PostgreSQL 14.
 */
const silenceMs = 10_000;
const heartbeatMs = silenceMs / 4;
const compactAtOnce = 2000;

class PostgresLog implements ObjectLog {
  readonly #options: PostgresLogOptions;
  readonly #name: string;
  readonly #schema: string;
  #client: pg.Client | undefined;
  #epoch = 0;
  #heartbeat: Timer | undefined;
  #onInterrupted: (error: Error) => void = () => undefined;

  constructor(options: PostgresLogOptions) {
    this.#options = options;
    this.#name = options.schema ?? 'kube_api';
    this.#schema = pg.escapeIdentifier(this.#name);
  }

  onInterrupted(run: (error: Error) => void): void {
    this.#onInterrupted = run;
  }

  async open(): Promise<LogState> {
    await this.#disconnect();
    const client = await this.#connect();
    try {
      await this.#makeTables(client);
      await this.#lock(client);
      await this.#dropUids(client);
      this.#epoch = await this.#raiseEpoch(client);
      const state = await this.#load(client);
      this.#client = client;
      this.#keepAlive(client);
      return state;
    } catch (error) {
      await ended(client, this.#options.clock);
      throw error;
    }
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    const rows = entries.map(rowOf);
    const [only] = rows;
    const { rowCount } =
      only !== undefined && rows.length === 1
        ? await this.#query('append one', appendOneStatement(this.#schema), [this.#epoch, ...only])
        : await this.#query('append', appendStatement(this.#schema), [this.#epoch, ...columnsOf(rows)]);
    if (rowCount !== entries.length) throw this.#lost(`the epoch ${this.#epoch} of this process is over`);
  }

  async compact(revision: number): Promise<void> {
    const lowest = await this.#query<{ rv: string | null }>(
      'lowest',
      `select min(rv) as rv from ${this.#schema}.log`,
      [],
    );
    for (let upTo = Number(lowest.rows[0]?.rv ?? revision); ; upTo += compactAtOnce) {
      const { rows } = await this.#query<{ held: number }>('compact', compactStatement(this.#schema), [
        this.#epoch,
        Math.min(upTo, revision),
      ]);
      if (rows[0]?.held !== 1) throw this.#lost(`the epoch ${this.#epoch} of this process is over`);
      if (upTo >= revision) return;
    }
  }

  async close(): Promise<void> {
    await this.#disconnect();
  }

  /** @throws Failure transient when PostgreSQL cannot be reached */
  async #connect(): Promise<pg.Client> {
    const { url, ca, log } = this.#options;
    const client = new pg.Client({
      connectionString: url,
      ...(ca === undefined ? {} : { ssl: { ca } }),
      application_name: 'kube-api',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + 5_000,
      // What is acknowledged is on the disk, whatever the server's setting. A writer whose machine is gone gives up its lock within half a minute.
      options: `-c synchronous_commit=on -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c idle_session_timeout=${silenceMs}`,
    });
    client.on('error', (error) => this.#interrupted(client, error));
    client.on('end', () => this.#interrupted(client, new Error('PostgreSQL closed the connection')));
    try {
      await client.connect();
    } catch (error) {
      log.debug('PostgreSQL cannot be reached', { error: messageOf(error) });
      throw transient(`connecting to PostgreSQL: ${messageOf(error)}`, { cause: error, reason: 'PostgresUnreachable' });
    }
    return client;
  }

  /** The lock goes with the connection, so someone else may be the writer from now on. */
  #interrupted(client: pg.Client, error: Error): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#heartbeat?.cancel();
    this.#options.log.warn('the connection to PostgreSQL was lost', { error: messageOf(error) });
    this.#onInterrupted(error);
  }

  /** Keeps the session from being silent, and notices without a write that another process became the writer. */
  #keepAlive(client: pg.Client): void {
    const cut = (error: Error): void => {
      this.#interrupted(client, error);
      void ended(client, this.#options.clock);
    };
    this.#heartbeat = this.#options.clock.schedule(heartbeatMs, () => {
      this.#epochNow(client).then(
        (epoch) => {
          if (this.#client !== client) return;
          if (epoch === this.#epoch) this.#keepAlive(client);
          else cut(this.#lost(`the epoch ${this.#epoch} of this process is over`));
        },
        (error: unknown) => cut(transient(`asking PostgreSQL: ${messageOf(error)}`, { cause: error })),
      );
    });
  }

  async #disconnect(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#heartbeat?.cancel();
    if (client !== undefined) await ended(client, this.#options.clock);
  }

  async #makeTables(client: pg.Client): Promise<void> {
    // A role that owns its schema often may not make another, and is refused even when there is nothing to make.
    const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [this.#name]);
    if (rowCount === 0) await client.query(`create schema ${this.#schema}`);
    const { rows } = await client.query<{ made: boolean }>('select to_regclass($1) is not null as made', [
      `${this.#schema}.floor`,
    ]);
    if (rows[0]?.made === true) return;
    for (const statement of tableStatements(this.#schema)) await client.query(statement);
  }

  /** Tables of an earlier release have a column more, which demands a value. */
  async #dropUids(client: pg.Client): Promise<void> {
    const { rowCount } = await client.query(
      'select from information_schema.columns where table_schema = $1 and table_name = $2 and column_name = $3',
      [this.#name, 'obj', 'uid'],
    );
    if (rowCount !== 0) await client.query(`alter table ${this.#schema}.obj drop column if exists uid`);
  }

  /** Waits for a predecessor that is ending, and as a standby for one that lives; not for one that took over from this process. */
  async #lock(client: pg.Client): Promise<void> {
    const { clock, log, waitSeconds = 30, standby = false } = this.#options;
    const key = `keelson kube-api log of ${this.#name}`;
    const isStandby = standby && this.#epoch === 0;
    const from = clock.now();
    for (let attempt = 0; ; attempt++) {
      const { rows } = await client.query<{ locked: boolean }>(
        'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked',
        [key],
      );
      if (rows[0]?.locked === true) return;
      if (this.#epoch !== 0 && (await this.#epochNow(client)) !== this.#epoch)
        throw this.#lost('another process has taken over');
      if (!isStandby && clock.now() >= from + waitSeconds * 1000)
        throw new WriterLost(
          `another process has been the writer of the schema ${this.#name} for ${waitSeconds} s; end it first`,
        );
      if (attempt === 0)
        log.info(
          `another process is the writer of the schema ${this.#name}: ${isStandby ? 'standing by to take over from it' : `waiting up to ${waitSeconds} s for it to end`}`,
        );
      await sleep(clock, lockEveryMs + Math.floor(this.#options.random.next() * lockEveryMs));
    }
  }

  async #epochNow(client: pg.Client): Promise<number> {
    const { rows } = await client.query<{ epoch: string }>(`select epoch from ${this.#schema}.meta`);
    return Number(rows[0]?.epoch);
  }

  /** Waits for a batch that an earlier writer still has on its way; whatever it sends later is refused. */
  async #raiseEpoch(client: pg.Client): Promise<number> {
    const { rows } = await client.query<{ epoch: string }>(
      `update ${this.#schema}.meta set epoch = epoch + 1 returning epoch`,
    );
    return Number(rows[0]?.epoch);
  }

  async #load(client: pg.Client): Promise<LogState> {
    const [meta] = (await client.query<{ compacted: string }>(`select compacted from ${this.#schema}.meta`)).rows;
    const objects = (
      await client.query<ObjectRow>(`select res, ns, name, value from ${this.#schema}.obj order by res, ns, name`)
    ).rows;
    const tail = (
      await client.query<LogRow>(`select rv, res, ns, name, type, value from ${this.#schema}.log order by rv`)
    ).rows;
    const floors = (await client.query<{ res: string; rv: string }>(`select res, rv from ${this.#schema}.floor`)).rows;
    const compacted = Number(meta?.compacted ?? 0);
    return {
      revision: Math.max(compacted, Number(tail.at(-1)?.rv ?? 0)),
      ...replayed(objects, tail),
      floors: new Map(floors.map(({ res, rv }) => [res, Number(rv)])),
      compacted,
    };
  }

  async #query<R extends pg.QueryResultRow = never>(
    name: string,
    text: string,
    values: unknown[],
  ): Promise<pg.QueryResult<R>> {
    const client = this.#client;
    if (client === undefined) throw transient('PostgreSQL is not connected', { reason: 'PostgresUnreachable' });
    try {
      return await client.query<R>({ name: `kube-api ${name}`, text, values });
    } catch (error) {
      // The number of an entry was taken: the second fence.
      if (error instanceof pg.DatabaseError && error.code === '23505')
        throw this.#lost('another process has appended to the log');
      throw transient(`writing to PostgreSQL: ${messageOf(error)}`, { cause: error, reason: 'PostgresUnreachable' });
    }
  }

  #lost(why: string): WriterLost {
    return new WriterLost(`this process is no longer the writer of the schema ${this.#name}: ${why}`);
  }
}

interface ObjectRow {
  readonly res: string;
  readonly ns: string;
  readonly name: string;
  readonly value: string;
}

interface LogRow extends ObjectRow {
  readonly rv: string;
  readonly type: number;
}

type Row = readonly [revision: number, resource: string, namespace: string, name: string, type: number, value: string];

function rowOf({ revision, resource, namespace, name, type, object }: LogEntry): Row {
  return [revision, resource, namespace, name, type === 'put' ? putType : deleteType, textOf(object)];
}

function columnsOf(rows: readonly Row[]): unknown[] {
  const numbersAndNames = [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column]));
  return [...numbersAndNames, textArray(rows.map((row) => row[5]))];
}

/** What the forgotten entries add up to and those that came since: what lives, and each entry with what it found. */
function replayed(forgotten: readonly ObjectRow[], rows: readonly LogRow[]): Pick<LogState, 'objects' | 'tail'> {
  const living = new Map<string, { resource: string; object: Stored }>();
  const idOf = ({ res, ns, name }: ObjectRow): string => [res, ns, name].join('\0');
  for (const row of forgotten) living.set(idOf(row), { resource: row.res, object: parse(row.value) });
  const tail = rows.map((row): LogEntry => {
    const entry = entryOf(row, living.get(idOf(row))?.object);
    if (entry.type === 'put') living.set(idOf(row), { resource: row.res, object: entry.object });
    else living.delete(idOf(row));
    return entry;
  });
  return { objects: [...living.values()], tail };
}

function entryOf({ rv, res, ns, name, type, value }: LogRow, previous: Stored | undefined): LogEntry {
  return {
    revision: Number(rv),
    resource: res,
    namespace: ns,
    name,
    type: type === putType ? 'put' : 'delete',
    object: parse(value),
    previous,
  };
}

/** Only what `append` wrote is read. */
function parse(value: string): Stored {
  return JSON.parse(value) as Stored;
}

/** Says goodbye, but does not wait long for an answer: the other side may be gone. */
async function ended(client: pg.Client, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.schedule(goodbyeMs, resolve);
    const done = (): void => {
      timer.cancel();
      resolve();
    };
    client.end().then(done, done);
  });
}

/**
 * JSON texts as the literal of a PostgreSQL array of text. In it a quote and a backslash are escaped with a backslash,
 * as in JSON, whose texts hold none of the other characters that JSON escapes: so the engine's own writer makes it.
 */
function textArray(texts: readonly string[]): string {
  return `{${texts.map((text) => JSON.stringify(text)).join(',')}}`;
}
