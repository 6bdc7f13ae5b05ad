import type { Manager } from '@keelson/reconcile';
import { backoffSeconds, type BackoffPolicy, type Clock, isFailure, type Log, messageOf, type Random, sleep } from '@keelson/std';
import type { Service } from '../definition.js';

const backoff: BackoffPolicy = { firstSeconds: 0.25, maxSeconds: 10, factor: 2 };

/** The start of a service's own work: first its manager, then what it does besides. What is away is tried until it comes. */
export class Start {
  readonly #service: Service;
  readonly #manager: Manager;
  readonly #world: { readonly clock: Clock; readonly random: Random; readonly log: Log };
  readonly #stopping = new AbortController();
  #lacks: string | undefined = 'it is starting';

  constructor(service: Service, manager: Manager, world: { readonly clock: Clock; readonly random: Random; readonly log: Log }) {
    this.#service = service;
    this.#manager = manager;
    this.#world = world;
  }

  /** Why it has not started yet; undefined once it has. */
  lacks(): string | undefined {
    return this.#lacks;
  }

  /** Resolves once started, or when it was stopped before; rejects on what trying again does not cure. */
  async run(): Promise<void> {
    await this.#untilDone('the reconcilers', () => this.#manager.start());
    await this.#untilDone('the service', async () => this.#service.start?.());
    if (this.#stopping.signal.aborted) return;
    this.#lacks = undefined;
    this.#world.log.info('started');
  }

  /** Ends the reconcilers, then the rest of the service. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#lacks = 'it is stopping';
    await this.#manager.stop();
    await this.#service.stop?.();
  }

  async #untilDone(what: string, work: () => Promise<void>): Promise<void> {
    const { clock, random, log } = this.#world;
    for (let failures = 1; !this.#stopping.signal.aborted; failures++) {
      try {
        return await work();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        if (!isFailure(error) || error.sort === 'terminal') throw error;
        this.#lacks = `${what} cannot start yet: ${error.message}`;
        log.warn(`${what} cannot start yet`, { error: messageOf(error), attempt: failures });
        await sleep(clock, backoffSeconds(backoff, failures, random) * 1000, this.#stopping.signal).catch(() => undefined);
      }
    }
  }
}
