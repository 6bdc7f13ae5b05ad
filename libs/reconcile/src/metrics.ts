import type { Outcome } from './plan.js';
import type { Priority } from './queue/work-queue.js';

/** How a pass ended, for counting: an outcome, or what kept it from one. */
export type PassEnd = Outcome['type'] | 'gone' | 'conflict' | 'failed';

/** Where the kit counts. `libs/service` gives the real one; every call must be cheap and must not throw. */
export interface ReconcileMetrics {
  /** A pass ran. Seconds of the given clock, from observing to the written status. */
  pass(reconciler: string, end: PassEnd, seconds: number): void;
  /** An object was taken into work after waiting in line this long. */
  waited(reconciler: string, priority: Priority, seconds: number): void;
  /** Objects in line now. */
  depth(reconciler: string, count: number): void;
  /** Objects in a state that is not one of rest. */
  workInProgress(reconciler: string, count: number): void;
  /** A write was sent to the API, by its verb and the kind written; the status and Events among them. */
  apiWrite(reconciler: string, verb: string, kind: string): void;
  /** A status was written because it differed. */
  statusWrite(reconciler: string): void;
  /** An object will be tried again after a failure. */
  retry(reconciler: string): void;
}

/** Counts what is done in other clusters, each by its name. */
export interface ClusterMetrics {
  of(cluster: string): ScopedMetrics;
}

export interface ScopedMetrics extends ReconcileMetrics {
  /** The cluster is let go of: nothing is told of it any more. */
  end(): void;
}

/** Counts nothing. */
export const noMetrics: ReconcileMetrics = {
  pass() {},
  waited() {},
  depth() {},
  workInProgress() {},
  apiWrite() {},
  statusWrite() {},
  retry() {},
};
