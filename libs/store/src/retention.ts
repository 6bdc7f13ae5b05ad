/** How long records are kept. History is bounded both ways; the newest row of a living object is never removed. */
export interface Retention {
  /** Transitions older than this go. */
  readonly historyDays: number;
  /** Of one object at most this many transitions are kept, the newest. */
  readonly transitionsPerObject: number;
  /** News that has been sent is kept this long, so that a repeat within it is recognised. */
  readonly sentNewsHours: number;
}

export const defaultRetention: Retention = { historyDays: 90, transitionsPerObject: 1000, sentNewsHours: 24 };

/** Rows of a history unless the query says otherwise. */
export const defaultHistoryLimit = 1000;

/** Milliseconds between two prunings. */
export const pruneEveryMs = 3_600_000;
