import { type Clock, type Log, messageOf, type Random, sleep, type Timer, transient } from '@keelson/std';
import pg from 'pg';
import { textOf } from './json-text.js';
import { type LogEntry, type LogState, type ObjectLog, WriterLost } from './log.js';
import { appendStatement, compactStatement, deleteType, putType, tableStatements } from './postgres-tables.js';
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
    const columns = [
      entries.map((entry) => entry.revision),
      entries.map((entry) => entry.resource),
      entries.map((entry) => entry.namespace),
      entries.map((entry) => entry.name),
      entries.map((entry) => (entry.type === 'put' ? putType : deleteType)),
      textArray(entries.map((entry) => textOf(entry.object))),
      textArray(entries.map((entry) => (entry.previous === undefined ? undefined : textOf(entry.previous)))),
    ];
    const [row] = await this.#query<{ appended: number }>('append', appendStatement(this.#schema), [
      this.#epoch,
      ...columns,
    ]);
    if (row?.appended !== entries.length) throw this.#lost(`the epoch ${this.#epoch} of this process is over`);
  }

  async compact(revision: number): Promise<void> {
    const [lowest] = await this.#query<{ rv: string | null }>(
      'lowest',
      `select min(rv) as rv from ${this.#schema}.log`,
      [],
    );
    for (let upTo = Number(lowest?.rv ?? revision); ; upTo += compactAtOnce) {
      const [row] = await this.#query<{ held: number }>('compact', compactStatement(this.#schema), [
        this.#epoch,
        Math.min(upTo, revision),
      ]);
      if (row?.held !== 1) throw this.#lost(`the epoch ${this.#epoch} of this process is over`);
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
      await client.query<LogRow>(`select rv, res, ns, name, type, value, prev from ${this.#schema}.log order by rv`)
    ).rows;
    const floors = (await client.query<{ res: string; rv: string }>(`select res, rv from ${this.#schema}.floor`)).rows;
    const compacted = Number(meta?.compacted ?? 0);
    const entries = tail.map(entryOf);
    return {
      revision: Math.max(compacted, Number(tail.at(-1)?.rv ?? 0)),
      objects: livingObjects(objects, entries),
      tail: entries,
      floors: new Map(floors.map(({ res, rv }) => [res, Number(rv)])),
      compacted,
    };
  }

  async #query<R extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<R[]> {
    const client = this.#client;
    if (client === undefined) throw transient('PostgreSQL is not connected', { reason: 'PostgresUnreachable' });
    try {
      return (await client.query<R>({ name: `kube-api ${name}`, text, values })).rows;
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

/** What the forgotten entries add up to, and those that came since. */
function livingObjects(forgotten: readonly ObjectRow[], tail: readonly LogEntry[]): LogState['objects'] {
  const living = new Map<string, { resource: string; object: Stored }>();
  const idOf = (...parts: readonly string[]): string => parts.join('\0');
  const since = new Map(tail.map((entry) => [idOf(entry.resource, entry.namespace, entry.name), entry]));
  for (const { res, ns, name, value } of forgotten)
    if (!since.has(idOf(res, ns, name))) living.set(idOf(res, ns, name), { resource: res, object: parse(value) });
  for (const [id, { type, resource, object }] of since) if (type === 'put') living.set(id, { resource, object });
  return [...living.values()];
}

interface LogRow {
  readonly rv: string;
  readonly res: string;
  readonly ns: string;
  readonly name: string;
  readonly type: number;
  readonly value: string;
  readonly prev: string | null;
}

function entryOf({ rv, res, ns, name, type, value, prev }: LogRow): LogEntry {
  const previous = prev === null ? undefined : parse(prev);
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
function textArray(texts: readonly (string | undefined)[]): string {
  return `{${texts.map((text) => (text === undefined ? 'NULL' : JSON.stringify(text))).join(',')}}`;
}
