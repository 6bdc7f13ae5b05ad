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
