import type { Transition } from '@keelson/contracts';

/**
 * Records of a service. Two implementations pass one contract suite: PostgreSQL through TypeORM (`postgresRecords`) and
 * memory (`memoryRecords`).
 */
export interface Records {
  /**
   * Appends transitions to the history and, in the same transaction, the news of those that have a subject to the outbox.
   * Ids already there are skipped: appending twice is the same as once.
   */
  append(entries: readonly HistoryEntry[]): Promise<void>;
  /** History of one object, oldest first; of all objects of that name when it was made anew. */
  history(query: HistoryQuery): Promise<Transition[]>;
  /** The latest recorded state of every object of a kind, by uid: to find, after a restart, what was not recorded. */
  lastStates(kind: string): Promise<ReadonlyMap<string, LastState>>;
  /** Takes up to `limit` unsent outbox rows in order, calls `publish` for each, marks those that succeeded; how many did. */
  drainOutbox(limit: number, publish: (message: OutboxMessage) => Promise<void>): Promise<number>;
  close(): Promise<void>;
}

/** An object and the state it was in when last recorded; empty when it was gone. */
export interface LastState {
  readonly namespace?: string;
  readonly name: string;
  readonly state: string;
}

export interface HistoryEntry {
  readonly transition: Transition;
  /** Subject of the news that announces it; absent when nobody needs to hear. */
  readonly subject?: string;
}

export interface HistoryQuery {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  /** Newest rows kept; 1000 unless given. */
  readonly limit?: number;
}

export interface OutboxMessage {
  readonly id: string;
  readonly subject: string;
  readonly payload: unknown;
}
