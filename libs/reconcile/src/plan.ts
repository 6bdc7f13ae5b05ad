import type { Reference } from '@keelson/api';
import type { Failure } from '@keelson/std';
import type { Writer } from './reconciler.js';

/** One thing to do: plain data with a `type`. It must carry all that doing it needs. */
export interface Step {
  readonly type: string;
}

export interface Plan<S extends Step> {
  /** Run in order; the first failure stops the rest. Each is idempotent. */
  readonly steps: readonly S[];
  /** How the object stands once the steps are done. */
  readonly outcome: Outcome;
  /** A sentence for the history: why the state changes, when it does. */
  readonly why?: string;
}

export type Outcome =
  /** The world matches the spec. Something may be over by the passing of time alone: a look after `recheckAfterSeconds`. */
  | { readonly type: 'settled'; readonly recheckAfterSeconds?: number }
  /** We change something: look again at once. */
  | { readonly type: 'progressing'; readonly message?: string }
  /** Someone else must move: its event, or a look after `recheckAfterSeconds`. */
  | {
      readonly type: 'waiting';
      readonly on: Reference;
      readonly reason: string;
      readonly message: string;
      readonly recheckAfterSeconds?: number;
    }
  /** Only a change of the spec or a person can help. `message` says what and how. */
  | { readonly type: 'blocked'; readonly on: Reference; readonly reason: string; readonly message: string };

/** How a plan went. */
export interface PlanResult<S extends Step> {
  readonly plan: Plan<S>;
  readonly done: readonly S[];
  /** The step that failed and how. */
  readonly failed?: { readonly step: S; readonly failure: Failure };
  /** The plan's outcome, or what the failure made of it (transient: waiting with backoff; terminal: blocked). */
  readonly outcome: Outcome;
  /** Failed passes in a row up to this one, counted in memory. */
  readonly attempt: number;
  readonly now: number;
}

/** What each step does, and what it is called in a printed plan. */
export type StepTable<S extends Step> = {
  readonly [K in S['type']]: {
    /** A sentence in the imperative: `power on srv7`. Never holds a secret. */
    describe(step: Extract<S, { type: K }>): string;
    run(step: Extract<S, { type: K }>, writer: Writer): Promise<void>;
  };
};

export const settled: Outcome = { type: 'settled' };
export const settledFor = (recheckAfterSeconds: number): Outcome => ({ type: 'settled', recheckAfterSeconds });
export const progressing = (message?: string): Outcome =>
  message === undefined ? { type: 'progressing' } : { type: 'progressing', message };
export const waitingOn = (on: Reference, reason: string, message: string, recheckAfterSeconds?: number): Outcome => ({
  type: 'waiting',
  on,
  reason,
  message,
  ...(recheckAfterSeconds === undefined ? {} : { recheckAfterSeconds }),
});
export const blockedBy = (on: Reference, reason: string, message: string): Outcome => ({
  type: 'blocked',
  on,
  reason,
  message,
});
