import type { KubeObject } from '@keelson/api';
import type { Bus } from '@keelson/bus';
import { defineNews, type News, type Transition, TransitionSchema } from '@keelson/contracts';
import {
  type BackoffPolicy,
  backoffSeconds,
  type Clock,
  type Log,
  messageOf,
  type Random,
  type Timer,
} from '@keelson/std';
import type { OutboxMessage, Records } from '@keelson/store';
import type { AnyReconciler, Machine } from '../reconciler.js';

export interface OutboxOptions {
  readonly records: Records;
  readonly bus: Bus;
  readonly reconcilers: readonly AnyReconciler[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const batchSize = 100;
const backoff: BackoffPolicy = { firstSeconds: 1, maxSeconds: 60, factor: 2 };

/** Carries news from the outbox to the bus: after every append, and again with backoff while one of the two is away. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #news: ReadonlyMap<string, News<Transition>>;
  #isDraining = false;
  #isWanted = false;
  #isRunning = false;
  #failures = 0;
  #timer: Timer | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#news = newsBySubject(options.reconcilers);
  }

  /** Sends what an earlier process left behind, and from then on what `wake` announces. */
  start(): void {
    this.#isRunning = true;
    this.wake();
  }

  stop(): void {
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** There is something to send. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isRunning && !this.#isDraining && this.#timer === undefined) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    try {
      while (this.#isWanted && this.#isRunning) {
        this.#isWanted = false;
        await this.#drainOnce();
      }
      this.#failures = 0;
    } catch (error) {
      this.#retry(error);
    }
    this.#isDraining = false;
  }

  /** Sends until nothing is left. The store swallows a failed publish and says how many went out: the failure is kept here. */
  async #drainOnce(): Promise<void> {
    let failure: unknown;
    const publish = async (message: OutboxMessage): Promise<void> => {
      try {
        await this.#publish(message);
      } catch (error) {
        failure = error;
        throw error;
      }
    };
    while (this.#isRunning) {
      const sent = await this.#options.records.drainOutbox(batchSize, publish);
      if (failure !== undefined) throw failure;
      if (sent < batchSize) return;
    }
  }

  #publish({ id, subject, payload }: OutboxMessage): Promise<void> {
    const news = this.#news.get(subject) ?? defineNews({ subject, description: '', schema: TransitionSchema });
    return this.#options.bus.publish(news, TransitionSchema.parse(payload), { id });
  }

  #retry(error: unknown): void {
    const { log, clock, random } = this.#options;
    this.#failures += 1;
    this.#isWanted = true;
    if (this.#failures === 1) log.warn(`news cannot be sent now and wait in the outbox: ${messageOf(error)}`);
    if (!this.#isRunning) return;
    this.#timer = clock.schedule(backoffSeconds(backoff, this.#failures, random) * 1000, () => {
      this.#timer = undefined;
      this.wake();
    });
  }
}

/** The declared news of all machines. The outbox may hold others, of an earlier version: their payload is the same. */
function newsBySubject(reconcilers: readonly AnyReconciler[]): Map<string, News<Transition>> {
  const machines = reconcilers.flatMap(({ machine }) =>
    machine === undefined ? [] : [machine as Machine<KubeObject>],
  );
  const news = machines.flatMap((machine) => Object.values(machine.news ?? {}));
  return new Map(news.map((item) => [item.subject, item]));
}
