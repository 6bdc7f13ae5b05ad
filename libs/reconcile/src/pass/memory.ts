import type { Outcome } from '../plan.js';
import type { LastStatus, StatusToWrite } from '../report/status-write.js';

/**
 * What is remembered of one object between passes. Nothing here is needed to be right: a new process finds its way from
 * the resources alone.
 */
export interface Memory {
  /** Failed passes in a row. */
  failures: number;
  /** Passes in a row that met a conflict or a world that had moved on. */
  conflicts: number;
  /** Passes in a row that wanted to look again at once. */
  spins: number;
  /** Those of them that changed nothing. */
  idleSpins: number;
  /** Passes within the second that began at `burstAt`. */
  burst: number;
  burstAt: number;
  /** Text of the last failure, so that its repeats are not told again. */
  failure?: string;
  /** When the last pass over it ended; milliseconds since the epoch. */
  lookedAt?: number;
  /** How the last pass left it. */
  outcome?: Outcome;
  /** What was last written to its status. */
  status?: LastStatus;
  /** Since when its status waits because only its words changed, by the steady clock; undefined while it does not. */
  wordsWaitSince?: number | undefined;
  /** What could not be written to its status yet. */
  unwritten?: StatusToWrite | undefined;
  /** What was last told that its state table forbids. */
  fault?: string;
  /** Whether it is in a state that is not one of rest. */
  isMoving: boolean;
}

export function newMemory(): Memory {
  return { failures: 0, conflicts: 0, spins: 0, idleSpins: 0, burst: 0, burstAt: 0, isMoving: false };
}
