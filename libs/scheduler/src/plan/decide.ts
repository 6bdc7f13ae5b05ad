import type { Budgets, ScheduledMachine } from './machine.js';
import { Queue, type Wait } from './queue.js';

export interface Decision {
  /** Machines to start now, in order. */
  readonly start: readonly string[];
  /** Every other machine that waits, and for what. */
  readonly waits: readonly Wait[];
}

/**
 * Which machines may go now. No budget is exceeded by what runs and what is started together, the longest queue goes first,
 * and whoever may go goes: there is no barrier between batches. Pure: same machines and budgets, same decision.
 */
export function decide(machines: readonly ScheduledMachine[], budgets: Budgets): Decision {
  const queue = new Queue(machines, budgets);
  const start: string[] = [];
  for (let next = queue.next(); next !== undefined; next = queue.next()) start.push(next.name);
  return { start, waits: queue.waits() };
}
