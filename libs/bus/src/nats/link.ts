import { backoffSeconds, type BackoffPolicy, messageOf, sleep, transient } from '@keelson/std';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { inTime } from '../delivery.js';
import { sortNatsError } from './errors.js';
import { connectionOptions, inboxPrefixOf, type NatsBusOptions } from './options.js';

const reconnectBackoff: BackoffPolicy = { firstSeconds: 0.25, maxSeconds: 5, factor: 2 };

/** Something that runs on a connection until it is stopped or ends. */
export interface Running {
  /** Settles when it has ended by itself, with why. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * A connection that is wanted for ever: made in the background, made again with backoff and jitter whenever it is lost,
 * whatever the reason (credentials may become right as well).
 */
export class Link {
  readonly #options: NatsBusOptions;
  readonly #closing = new AbortController();
  #connection: NatsConnection | undefined;
  #isUp = false;
  #failures = 0;
  #reconnectDelayMs = 0;
  #next = deferred<NatsConnection>();

  constructor(options: NatsBusOptions) {
    this.#options = options;
  }

  /** Begins to connect. Resolves after the first attempt, however it went. */
  open(): Promise<void> {
    return new Promise((resolve) => void this.#connectForEver(resolve));
  }

  isUp(): boolean {
    return this.#isUp;
  }

  /** @throws Failure transient, reason `NotConnected`, while there is no connection */
  current(doing: string): NatsConnection {
    if (this.#connection === undefined || !this.#isUp)
      throw transient(`${doing}: not connected to NATS`, { reason: 'NotConnected' });
    return this.#connection;
  }

  /**
   * Starts `start` on the connection and starts it again, with backoff, whenever it ended or could not start. Resolves after
   * the first attempt when there is a connection, at once when there is none.
   */
  async keep(
    name: string,
    start: (connection: NatsConnection) => Promise<Running>,
  ): Promise<{ stop(): Promise<void> }> {
    const stopping = new AbortController();
    const signal = AbortSignal.any([stopping.signal, this.#closing.signal]);
    const first = deferred<void>();
    if (!this.#isUp) first.resolve();
    const loop = this.#keepRunning(name, start, signal, first.resolve);
    await first.promise;
    return {
      stop: async () => {
        stopping.abort();
        await loop;
      },
    };
  }

  /** Stops reconnecting, sends what is still to be sent, closes. What was kept must be stopped before. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#isUp = false;
    const connection = this.#connection;
    if (connection === undefined || connection.isClosed()) return;
    await inTime(this.#options.clock, 5_000, 'draining the connection to NATS', connection.drain()).catch(() =>
      connection.close(),
    );
  }

  async #connectForEver(firstTried: () => void): Promise<void> {
    const { log } = this.#options;
    while (!this.#closing.signal.aborted) {
      try {
        const connection = await this.#connect();
        this.#standing(connection);
        firstTried();
        const error = await connection.closed();
        if (!this.#closing.signal.aborted)
          log.warn('the connection to NATS was closed', { error: error === undefined ? 'no error' : messageOf(error) });
      } catch (error) {
        this.#failures += 1;
        log.warn('NATS cannot be reached yet', {
          error: sortNatsError(error, 'connecting').message,
          attempt: this.#failures,
        });
        firstTried();
      }
      this.#lost();
      await this.#pause();
    }
  }

  async #connect(): Promise<NatsConnection> {
    const { service, inboxPrefix } = this.#options;
    const connection = await connect({
      ...connectionOptions(this.#options, service, inboxPrefix ?? inboxPrefixOf(service)),
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      // Asked several times for one attempt, so it must not count them itself.
      reconnectDelayHandler: () => this.#reconnectDelayMs,
    });
    if (this.#closing.signal.aborted) await connection.close();
    return connection;
  }

  #standing(connection: NatsConnection): void {
    this.#connection = connection;
    this.#isUp = true;
    this.#failures = 0;
    this.#next.resolve(connection);
    void this.#follow(connection);
  }

  #lost(): void {
    this.#isUp = false;
    this.#connection = undefined;
    this.#next = deferred<NatsConnection>();
  }

  async #follow(connection: NatsConnection): Promise<void> {
    const { log } = this.#options;
    for await (const status of connection.status()) {
      if (status.type === 'reconnecting') {
        this.#failures += 1;
        this.#reconnectDelayMs = backoffSeconds(reconnectBackoff, this.#failures, this.#options.random) * 1000;
      } else if (status.type === 'disconnect') {
        this.#isUp = false;
        this.#reconnectDelayMs = this.#options.random.next() * 100;
        if (!this.#closing.signal.aborted) log.warn('NATS went away', { server: status.server });
      } else if (status.type === 'reconnect') {
        this.#isUp = true;
        this.#failures = 0;
        log.info('NATS is back', { server: status.server });
      } else if (status.type === 'error') {
        log.warn('NATS reported an error', { error: status.error.message });
      }
    }
  }

  async #keepRunning(
    name: string,
    start: (connection: NatsConnection) => Promise<Running>,
    signal: AbortSignal,
    firstTried: () => void,
  ): Promise<void> {
    const { clock, random, log } = this.#options;
    const stopped = aborted(signal);
    for (let failures = 0; !signal.aborted;) {
      const connection = await Promise.race([this.#next.promise, stopped]);
      if (connection === undefined) return firstTried();
      let why: string;
      try {
        const running = await start(connection);
        failures = 0;
        firstTried();
        const ended = await Promise.race([running.ended, stopped]);
        if (ended === undefined) return await running.stop();
        why = ended;
      } catch (error) {
        why = sortNatsError(error, name).message;
        firstTried();
      }
      failures += 1;
      if (failures === 1 || failures % 20 === 0) log.warn(`${name} does not run; trying again`, { why, failures });
      await sleep(clock, backoffSeconds(reconnectBackoff, failures, random) * 1000, signal).catch(() => undefined);
    }
    firstTried();
  }

  async #pause(): Promise<void> {
    const seconds = backoffSeconds(reconnectBackoff, Math.max(1, this.#failures), this.#options.random);
    await sleep(this.#options.clock, seconds * 1000, this.#closing.signal).catch(() => undefined);
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
