import type { Bus, Subscription } from '@keelson/bus';
import { consumerOf, type Transition } from '@keelson/contracts';
import { type Clock, type Log, messageOf, terminal } from '@keelson/std';
import { cacheReader } from '../pass/cache-reader.js';
import type { Worker } from '../pass/worker.js';
import type { AnyReconciler, Hearing } from '../reconciler.js';

export interface EarOptions {
  readonly service: string;
  readonly reconcilers: readonly AnyReconciler[];
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Hears the news that reconcilers declare and wakes the objects it matters to. That only makes things early: a repeat wakes
 * once more, and what is missed is found by a watch or the resync. So nothing that goes wrong here is worth a redelivery.
 */
export class NewsEar {
  readonly #options: EarOptions;
  readonly #durables: ReadonlyMap<Hearing, string>;
  #subscriptions: Promise<readonly Subscription[]> = Promise.resolve([]);

  /** @throws Failure terminal, reason `UnknownConsumer`, when the contracts have no consumer for what is to be heard */
  constructor(options: EarOptions) {
    this.#options = options;
    this.#durables = new Map(
      options.reconcilers.flatMap(hearingsOf).map((hearing) => [hearing, durableOf(options.service, hearing)]),
    );
  }

  start(workers: readonly Worker[]): void {
    this.#subscriptions = Promise.all(
      workers.flatMap((worker) => hearingsOf(worker.kit.reconciler).map((hearing) => this.#hear(worker, hearing))),
    );
    this.#subscriptions.catch((error: unknown) =>
      this.#options.log.error(`news cannot be heard: things happen by watch alone: ${messageOf(error)}`),
    );
  }

  async stop(): Promise<void> {
    const subscriptions = await this.#subscriptions.catch((): readonly Subscription[] => []);
    this.#subscriptions = Promise.resolve([]);
    await Promise.all(subscriptions.map((subscription) => subscription.stop().catch(() => undefined)));
  }

  #hear(worker: Worker, hearing: Hearing): Promise<Subscription> {
    return this.#options.bus.consume(hearing.news, this.#durables.get(hearing) ?? '', async (transition) =>
      this.#wake(worker, hearing, transition),
    );
  }

  #wake(worker: Worker, hearing: Hearing, transition: Transition): void {
    const { caches, written, scope, reconciler } = worker.kit;
    try {
      const reader = cacheReader(caches, written, scope, this.#options.clock.now());
      for (const key of hearing.mapToOwn(transition, reader)) worker.add(key, 'progress');
    } catch (error) {
      this.#options.log.error(
        `${reconciler.name} cannot tell what ${hearing.news.subject} of ${transition.name} matters to: ${messageOf(error)}`,
      );
    }
  }
}

function hearingsOf({ hears = [] }: AnyReconciler): readonly Hearing[] {
  return hears;
}

function durableOf(service: string, { news }: Hearing): string {
  const consumer = consumerOf(service, news);
  if (consumer === undefined)
    throw terminal(`${service} hears ${news.subject}, for which the contracts declare no consumer`, {
      reason: 'UnknownConsumer',
    });
  return consumer.durable;
}
