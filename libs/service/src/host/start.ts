import type { Manager } from '@keelson/reconcile';
import {
  backoffSeconds,
  type BackoffPolicy,
  type Clock,
  isFailure,
  type Log,
  messageOf,
  type Random,
  sleep,
} from '@keelson/std';
import type { Service } from '../definition.js';

const backoff: BackoffPolicy = { firstSeconds: 0.25, maxSeconds: 10, factor: 2 };
/** Short: in an installation that starts as a whole the API comes a moment later. */
const apiBackoff: BackoffPolicy = { firstSeconds: 0.1, maxSeconds: 2, factor: 1.5 };

export interface StartOptions {
  readonly service: Service;
  readonly manager: Manager;
  /** Asks the Kubernetes API something small; what it throws is why it cannot be used yet. */
  readonly askApi: () => Promise<unknown>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The start of a service's own work: first its manager, then what it does besides. What is away is tried until it comes. */
export class Start {
  readonly #options: StartOptions;
  readonly #stopping = new AbortController();
  #lacks: string | undefined = 'it is starting';

  constructor(options: StartOptions) {
    this.#options = options;
  }

  /** Why it has not started yet; undefined once it has. */
  lacks(): string | undefined {
    return this.#lacks;
  }

  /** Resolves once started, or when it was stopped before; rejects on what trying again does not cure. */
  async run(): Promise<void> {
    const { service, manager, log } = this.#options;
    await this.#untilApiServes();
    await this.#untilDone('the reconcilers', () => manager.start());
    await this.#untilDone('the service', async () => service.start?.());
    if (this.#stopping.signal.aborted) return;
    this.#lacks = undefined;
    log.info('started');
  }

  /** Ends the reconcilers, then the rest of the service. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#lacks = 'it is stopping';
    await this.#options.manager.stop();
    await this.#options.service.stop?.();
  }

  /**
   * An API that is away, that does not know our kinds yet or does not let us in yet all come right by someone else's doing.
   * The caches would find out as well, each for itself and with the long waits that are right for a running service.
   */
  async #untilApiServes(): Promise<void> {
    const { askApi, clock, random, log } = this.#options;
    for (let failures = 1; !this.#stopping.signal.aborted; failures++) {
      try {
        await askApi();
        return;
      } catch (error) {
        const why = `the Kubernetes API cannot be used yet: ${messageOf(error)}`;
        if (why !== this.#lacks) log.warn(why);
        this.#lacks = why;
        await sleep(clock, backoffSeconds(apiBackoff, failures, random) * 1000, this.#stopping.signal).catch(
          () => undefined,
        );
      }
    }
  }

  async #untilDone(what: string, work: () => Promise<void>): Promise<void> {
    const { clock, random, log } = this.#options;
    for (let failures = 1; !this.#stopping.signal.aborted; failures++) {
      try {
        return await work();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        if (!isFailure(error) || error.sort === 'terminal') throw error;
        this.#lacks = `${what} cannot start yet: ${error.message}`;
        log.warn(`${what} cannot start yet`, { error: messageOf(error), attempt: failures });
        await sleep(clock, backoffSeconds(backoff, failures, random) * 1000, this.#stopping.signal).catch(
          () => undefined,
        );
      }
    }
  }
}
