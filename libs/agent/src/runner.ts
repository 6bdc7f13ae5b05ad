import type { StateItem } from './machine.js';

/** How a state item is carried out: really (`realRunner`) or in a simulated data centre. */
export interface Runner {
  /**
   * Runs an item to its end. A failing item is an answer (`exitCode` other than 0), not an error; what throws counts
   * as exit code 1 with the error's text. Items are idempotent: one that was cut off runs again.
   */
  run(item: StateItem, context: RunContext): Promise<RunResult>;
}

export interface RunContext {
  /** Aborts when the agent stops or the item's time is up; nothing of the item may go on after that. */
  readonly signal: AbortSignal;
  readonly attempt: number;
  readonly timeoutMs: number;
  /**
   * Decoded values of a Secret in the machine's namespace. The machine's service account may read only those made for
   * it. Values go to the process that needs them and nowhere else.
   */
  readSecret(name: string): Promise<Readonly<Record<string, string>>>;
}

export interface RunResult {
  readonly exitCode: number;
  /** The last lines, for operators. Cut to 2,000 characters when it is written to the status. */
  readonly message: string;
  /** What a later reader needs of the outcome, such as a version. */
  readonly result?: string;
}

/** How long an item may take before it is stopped and counted as failed. */
export function timeoutOf(item: StateItem): number {
  const minutes: Record<string, number> = { downloader: 20, bash: 30, ansible: 90 };
  return (minutes[item.runner] ?? 30) * 60_000;
}
