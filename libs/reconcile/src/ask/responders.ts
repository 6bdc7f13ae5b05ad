import type { Bus, Subscription } from '@keelson/bus';
import {
  type HistoryQuery,
  type ObjectQuery,
  type PlanAnswer,
  requestsOfKind,
  type Transition,
  type WhyAnswer,
} from '@keelson/contracts';

/** Answers to the questions about the objects of one service. */
export interface Answers {
  history(kind: string, query: HistoryQuery): Promise<Transition[]>;
  plan(kind: string, query: ObjectQuery): Promise<PlanAnswer>;
  why(kind: string, query: ObjectQuery): Promise<WhyAnswer>;
}

/** Answers on the bus for those of the kinds that the contracts give to the service. */
export async function respondFor(
  bus: Bus,
  service: string,
  kinds: readonly string[],
  answers: Answers,
): Promise<Subscription[]> {
  const subscriptions: Subscription[] = [];
  for (const kind of new Set(kinds)) {
    const owner = requestsOfKind(kind);
    if (owner?.service !== service) continue;
    const { history, plan, why } = owner.requests;
    subscriptions.push(
      await bus.respond(history, async (query) => ({ transitions: await answers.history(kind, query) })),
      await bus.respond(plan, (query) => answers.plan(kind, query)),
      await bus.respond(why, (query) => answers.why(kind, query)),
    );
  }
  return subscriptions;
}
