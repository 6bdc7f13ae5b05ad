import type { Stored } from './stored.js';

/**
 * The durable side of storage: an append-only log of writes and what it adds up to. Two implementations pass one suite
 * (`log.contract.ts`): memory and PostgreSQL. The store above it is the only caller, and never has two appends in flight.
 */
export interface ObjectLog {
  /**
   * Becomes the writer (raising the epoch that fences earlier writers off), then loads everything.
   *
   * @throws WriterLost when another process is the writer
   */
  open(): Promise<LogState>;
  /**
   * Makes the entries durable, all or none, in order; their revisions follow the last one without a gap.
   *
   * @throws WriterLost when this process is no longer the writer; any other error leaves the outcome unknown: open again
   */
  append(entries: readonly LogEntry[]): Promise<void>;
  /** Forgets entries up to and including `revision`; `floors` are the highest revisions so forgotten, by resource. */
  compact(revision: number, floors: ReadonlyMap<string, number>): Promise<void>;
  /** Has `run` called when the log can no longer know that this process is the writer; it must be opened again. */
  onInterrupted?(run: (error: Error) => void): void;
  /** Stops being the writer. */
  close(): Promise<void>;
}

/** One write. Members that are undefined are absent. */
export interface LogEntry {
  readonly revision: number;
  /** `plural.group` of the kind's storage. */
  readonly resource: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  readonly type: 'put' | 'delete';
  /** What is stored; for a deletion the last state with the deletion's own resourceVersion. */
  readonly object: Stored;
  /** The state before; undefined for a creation. */
  readonly previous: Stored | undefined;
}

export interface LogState {
  /** The highest revision ever appended. */
  readonly revision: number;
  /** Every living object with its resource. */
  readonly objects: readonly { readonly resource: string; readonly object: Stored }[];
  /** Entries not yet forgotten, ascending. */
  readonly tail: readonly LogEntry[];
  /** Highest forgotten revision by resource. */
  readonly floors: ReadonlyMap<string, number>;
  /** Highest forgotten revision of all. */
  readonly compacted: number;
}

/** Another process is the writer now: this one must stop writing at once and for good. */
export class WriterLost extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WriterLost';
  }
}
