import type { ObjectKey } from '@keelson/api';
import type { PlanAnswer, Transition, WhyAnswer } from '@keelson/contracts';

/** What a service answers about its objects: the manager's part that HTTP and gRPC carry to the outside. */
export interface Operations {
  /** Every state an object was in, oldest first; the newest `limit`. */
  history(kind: string, key: ObjectKey, limit?: number): Promise<Transition[]>;
  /** What would be done to it now, or why nothing is. */
  plan(kind: string, key: ObjectKey): Promise<PlanAnswer>;
  /** What it waits for, link by link. */
  why(kind: string, key: ObjectKey): Promise<WhyAnswer>;
}

/** Answers about kinds that a service works on in other clusters than the management cluster. */
export interface OperationsElsewhere extends Operations {
  readonly kinds: readonly string[];
}

/** The answers of both: each asked about its own kinds. */
export function operationsOf(here: Operations, elsewhere: OperationsElsewhere | undefined): Operations {
  if (elsewhere === undefined) return here;
  const who = (kind: string): Operations => (elsewhere.kinds.includes(kind) ? elsewhere : here);
  return {
    history: (kind, key, limit) => who(kind).history(kind, key, limit),
    plan: (kind, key) => who(kind).plan(kind, key),
    why: (kind, key) => who(kind).why(kind, key),
  };
}
