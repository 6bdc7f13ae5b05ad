import type { Transition } from '@keelson/contracts';
import { isFailure, transient } from '@keelson/std';
import type { HistoryEntry, HistoryQuery, LastState, OutboxMessage, Records } from '../port.js';
import { defaultHistoryLimit, defaultRetention, type Retention } from '../retention.js';

export interface MemoryRecordsOptions {
  readonly retention?: Retention;
  /** Chance, from 0 to 1, that a call fails as transient; half of the failed appends have taken effect. */
  readonly faults?: () => number;
  readonly random?: { next(): number };
}

/** Records in memory: the twin of `postgresRecords` for worlds in one process. Outlives the services that use it. */
export interface MemoryRecords extends Records {
  /** Every transition of every object, in the order of recording. */
  all(): readonly Transition[];
  /** News that is not sent yet. */
  unsent(): readonly OutboxMessage[];
  /** News that was set aside because sending it failed for good. */
  refused(): readonly OutboxMessage[];
}

export function memoryRecords(options: MemoryRecordsOptions = {}): MemoryRecords {
  return new RecordsInMemory(options);
}

/** News set aside: the newest of so many are kept. */
const mostRefused = 1_000;

class RecordsInMemory implements MemoryRecords {
  readonly #options: MemoryRecordsOptions;
  readonly #retention: Retention;
  readonly #ids = new Set<string>();
  readonly #byObject = new Map<string, Transition[]>();
  readonly #order: Transition[] = [];
  readonly #outbox = new Map<string, OutboxMessage>();
  readonly #sending = new Set<string>();
  readonly #refused: OutboxMessage[] = [];

  constructor(options: MemoryRecordsOptions) {
    this.#options = options;
    this.#retention = options.retention ?? defaultRetention;
  }

  async append(entries: readonly HistoryEntry[]): Promise<void> {
    const fails = this.#fails();
    if (fails && this.#next() < 0.5) throw lost('appending');
    for (const { transition, subject } of entries) {
      if (this.#ids.has(transition.id)) continue;
      this.#record(structuredClone(transition));
      if (subject !== undefined)
        this.#outbox.set(transition.id, { id: transition.id, subject, payload: structuredClone(transition) });
    }
    if (fails) throw lost('appending');
  }

  async history({ kind, namespace, name, limit = defaultHistoryLimit }: HistoryQuery): Promise<Transition[]> {
    if (this.#fails()) throw lost('reading a history');
    const found = this.#byObject.get(objectKey(kind, namespace, name)) ?? [];
    return structuredClone(found.slice(-limit));
  }

  async lastStates(kind: string): Promise<ReadonlyMap<string, LastState>> {
    if (this.#fails()) throw lost('reading the last states');
    const newest = new Map<string, Transition>();
    for (const transition of this.#order) {
      if (transition.kind !== kind) continue;
      const known = newest.get(transition.uid);
      if (known === undefined || known.at <= transition.at) newest.set(transition.uid, transition);
    }
    return new Map([...newest].map(([uid, transition]) => [uid, lastStateOf(transition)]));
  }

  async drainOutbox(limit: number, publish: (message: OutboxMessage) => Promise<void>): Promise<number> {
    if (this.#fails()) throw lost('draining the outbox');
    const taken = [...this.#outbox.values()].filter(({ id }) => !this.#sending.has(id)).slice(0, limit);
    for (const { id } of taken) this.#sending.add(id);
    try {
      return await this.#send(taken, publish);
    } finally {
      for (const { id } of taken) this.#sending.delete(id);
    }
  }

  async close(): Promise<void> {}

  all(): readonly Transition[] {
    return this.#order;
  }

  unsent(): readonly OutboxMessage[] {
    return [...this.#outbox.values()];
  }

  refused(): readonly OutboxMessage[] {
    return this.#refused;
  }

  async #send(messages: readonly OutboxMessage[], publish: (message: OutboxMessage) => Promise<void>): Promise<number> {
    let sent = 0;
    for (const message of messages) {
      try {
        await publish(structuredClone(message));
        this.#outbox.delete(message.id);
        sent += 1;
      } catch (error) {
        if (!isFailure(error, 'terminal')) return sent;
        this.#outbox.delete(message.id);
        this.#refused.push(message);
        if (this.#refused.length > mostRefused) this.#refused.shift();
      }
    }
    return sent;
  }

  #record(transition: Transition): void {
    this.#ids.add(transition.id);
    this.#order.push(transition);
    const key = objectKey(transition.kind, transition.namespace, transition.name);
    const rows = this.#byObject.get(key) ?? [];
    this.#byObject.set(key, rows);
    const later = rows.findLastIndex((row) => row.at <= transition.at);
    rows.splice(later + 1, 0, transition);
    if (rows.length <= this.#retention.transitionsPerObject) return;
    const [oldest] = rows.splice(0, 1);
    if (oldest === undefined) return;
    this.#ids.delete(oldest.id);
    this.#order.splice(this.#order.indexOf(oldest), 1);
  }

  #fails(): boolean {
    const chance = this.#options.faults?.() ?? 0;
    return chance > 0 && this.#next() < chance;
  }

  #next(): number {
    return this.#options.random?.next() ?? 1;
  }
}

function lastStateOf({ namespace, name, to }: Transition): LastState {
  return { ...(namespace === undefined ? {} : { namespace }), name, state: to };
}

function lost(doing: string): Error {
  return transient(`${doing}: the record store did not answer`, { reason: 'PostgresUnreachable' });
}

function objectKey(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}
