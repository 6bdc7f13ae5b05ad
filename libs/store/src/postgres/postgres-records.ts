import type { Transition } from '@keelson/contracts';
import { isFailure, messageOf, type Timer } from '@keelson/std';
import type { DataSource, EntityManager } from 'typeorm';
import type { HistoryEntry, HistoryQuery, LastState, OutboxMessage, Records } from '../port.js';
import { defaultHistoryLimit, defaultRetention, pruneEveryMs, type Retention } from '../retention.js';
import { Database, type DatabaseOptions } from './database.js';
import { prune } from './prune.js';
import { type OutboxRow, OutboxTable, type TransitionRow, TransitionTable } from './tables.js';

export interface PostgresRecordsOptions extends DatabaseOptions {
  readonly retention?: Retention;
}

export interface PostgresRecords extends Records {
  /** For the service's own tables; open once `ping` succeeded. */
  readonly source: DataSource;
  /** Resolves when the database answers. @throws Failure transient otherwise */
  ping(): Promise<void>;
  /** Removes what is past its retention; how many rows. Runs by itself every hour. */
  prune(): Promise<number>;
}

/** Rows of one statement: PostgreSQL takes at most 65,535 parameters. */
const rowsAtOnce = 1_000;

/**
 * Records in PostgreSQL. May be used at once: while the database is away, every call fails as transient. Resolves after the
 * first attempt to open it.
 *
 * @throws Failure terminal when the database refuses for good
 */
export async function postgresRecords(options: PostgresRecordsOptions): Promise<PostgresRecords> {
  const database = new Database(options);
  await database.open();
  return new RecordsInPostgres(database, options);
}

class RecordsInPostgres implements PostgresRecords {
  readonly source: DataSource;
  readonly #database: Database;
  readonly #options: PostgresRecordsOptions;
  #pruning: Timer | undefined;

  constructor(database: Database, options: PostgresRecordsOptions) {
    this.source = database.source;
    this.#database = database;
    this.#options = options;
    this.#pruneLater();
  }

  append(entries: readonly HistoryEntry[]): Promise<void> {
    if (entries.length === 0) return Promise.resolve();
    return this.#database.use(`appending ${entries.length} transitions`, (source) =>
      source.transaction(async (manager) => {
        for (let at = 0; at < entries.length; at += rowsAtOnce)
          await appendSome(manager, entries.slice(at, at + rowsAtOnce));
      }),
    );
  }

  history({ kind, namespace, name, limit = defaultHistoryLimit }: HistoryQuery): Promise<Transition[]> {
    return this.#database.use(`reading the history of ${kind} ${name}`, async (source) => {
      const rows = await source
        .createQueryBuilder(TransitionTable, 'row')
        .where('row.kind = :kind and row.name = :name', { kind, name })
        .andWhere(namespace === undefined ? 'row.namespace is null' : 'row.namespace = :namespace', { namespace })
        .orderBy({ 'row.at': 'DESC', 'row.seq': 'DESC' })
        .limit(limit)
        .getMany();
      return rows.reverse().map(transitionOf);
    });
  }

  lastStates(kind: string): Promise<ReadonlyMap<string, LastState>> {
    return this.#database.use(`reading the last states of ${kind}`, async (source) => {
      const rows = await source
        .createQueryBuilder(TransitionTable, 'row')
        .distinctOn(['row.uid'])
        .where('row.kind = :kind', { kind })
        .orderBy({ 'row.uid': 'ASC', 'row.at': 'DESC', 'row.seq': 'DESC' })
        .getMany();
      return new Map(rows.map((row) => [row.uid, lastStateOf(row)]));
    });
  }

  drainOutbox(limit: number, publish: (message: OutboxMessage) => Promise<void>): Promise<number> {
    return this.#database.use('draining the outbox', (source) =>
      source.transaction(async (manager) => {
        const rows = await manager
          .createQueryBuilder(OutboxTable, 'row')
          .where('row.sent_at is null and row.refused is null')
          .orderBy('row.seq', 'ASC')
          .limit(limit)
          .setLock('pessimistic_write')
          .setOnLocked('skip_locked')
          .getMany();
        return this.#send(manager, rows, publish);
      }),
    );
  }

  async ping(): Promise<void> {
    await this.#database.use('asking PostgreSQL', (source) => source.query('select 1'));
  }

  prune(): Promise<number> {
    const now = this.#options.clock.now();
    return this.#database.use('removing old records', (source) =>
      prune(source, this.#options.retention ?? defaultRetention, now),
    );
  }

  async close(): Promise<void> {
    this.#pruning?.cancel();
    await this.#database.close();
  }

  /**
   * Sends rows in order until one fails in passing; those after it wait with it. One that would fail again is set aside,
   * loudly, so that it does not hold up the rest for ever.
   */
  async #send(
    manager: EntityManager,
    rows: readonly OutboxRow[],
    publish: (message: OutboxMessage) => Promise<void>,
  ): Promise<number> {
    const { log, clock } = this.#options;
    const sent: string[] = [];
    for (const { id, subject, payload } of rows) {
      try {
        await publish({ id, subject, payload });
        sent.push(id);
      } catch (error) {
        if (!isFailure(error, 'terminal')) {
          log.warn('the outbox cannot be sent now', { subject, id, error: messageOf(error) });
          break;
        }
        log.error('a news cannot be sent and is set aside', { subject, id, error: messageOf(error) });
        await manager.update(OutboxTable, { id }, { refused: messageOf(error) });
      }
    }
    if (sent.length > 0) {
      await manager
        .createQueryBuilder()
        .update(OutboxTable)
        .set({ sent: new Date(clock.now()) })
        .whereInIds(sent)
        .execute();
    }
    return sent.length;
  }

  #pruneLater(): void {
    this.#pruning = this.#options.clock.schedule(pruneEveryMs, () => {
      this.prune().catch((error: unknown) =>
        this.#options.log.warn('old records could not be removed', { error: messageOf(error) }),
      );
      this.#pruneLater();
    });
  }
}

async function appendSome(manager: EntityManager, entries: readonly HistoryEntry[]): Promise<void> {
  const inserted = await manager
    .createQueryBuilder()
    .insert()
    .into(TransitionTable)
    .values(entries.map(({ transition }) => rowOf(transition)))
    .orIgnore()
    .returning('id')
    .execute();
  const fresh = new Set((inserted.raw as readonly { id: string }[]).map(({ id }) => id));
  const news = entries.flatMap(({ transition, subject }) =>
    subject === undefined || !fresh.has(transition.id)
      ? []
      : [{ id: transition.id, subject, payload: transition, sent: null, refused: null }],
  );
  if (news.length > 0)
    await manager.createQueryBuilder().insert().into(OutboxTable).values(news).orIgnore().updateEntity(false).execute();
}

function rowOf({ namespace, at, ...rest }: Transition): TransitionRow {
  return { ...rest, namespace: namespace ?? null, at: new Date(at) };
}

function lastStateOf({ namespace, name, to }: TransitionRow): LastState {
  return { ...(namespace === null ? {} : { namespace }), name, state: to };
}

function transitionOf({ id, kind, namespace, name, uid, from, to, at, why }: TransitionRow): Transition {
  return { id, kind, ...(namespace === null ? {} : { namespace }), name, uid, from, to, at: at.toISOString(), why };
}
