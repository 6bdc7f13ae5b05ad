import {
  type ConsumerDefinition,
  consumers as declaredConsumers,
  type Request,
  type StreamDefinition,
  streams as declaredStreams,
} from '@keelson/contracts';
import { type BackoffPolicy, type Clock, type Random, terminal, transient } from '@keelson/std';
import { type DeadLetter, defaultConcurrency, inTime, redeliveryBackoff, requestsInFlight } from '../delivery.js';
import { decodePayload, encodePayload, failureOf, wireFailure } from '../envelope.js';
import type { Bus, Subscription } from '../port.js';
import { DurableQueue, type StoredMessage } from './durable-queue.js';
import { type BusFaults, noBusFaults } from './faults.js';

export interface MemoryBusOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Asked anew for every message, so that faults may come and go. */
  readonly faults?: () => BusFaults;
  readonly streams?: readonly StreamDefinition[];
  readonly consumers?: readonly ConsumerDefinition[];
  readonly redelivery?: BackoffPolicy;
  readonly concurrency?: number;
}

/** A bus in memory, for worlds in one process: all of a world's services share one. */
export interface MemoryBus extends Bus {
  deadLetters(): readonly DeadLetter[];
  /** Cuts or restores the connection: while cut, publishing and asking fail as transient and nothing is delivered. */
  setConnected(connected: boolean): void;
}

/** Keeps at most this many dead letters. */
const mostDeadLetters = 1_000;

/**
 * The twin of `natsBus`: same checks, de-duplication, redelivery and failures, in microtasks; delays run on the given clock.
 */
export function memoryBus(options: MemoryBusOptions): MemoryBus {
  return new InMemoryBus(options);
}

type Answerer = (text: string) => Promise<string>;

class InMemoryBus implements MemoryBus {
  readonly #options: MemoryBusOptions;
  readonly #queues: ReadonlyMap<string, DurableQueue>;
  readonly #consumers: readonly ConsumerDefinition[];
  readonly #streams: readonly StreamDefinition[];
  /** Ids lately stored, by stream, with the time when each may be stored again; in order of that time. */
  readonly #lately = new Map<string, Map<string, number>>();
  readonly #responders = new Map<string, Responder[]>();
  readonly #dead: DeadLetter[] = [];
  readonly #subscriptions = new Set<Subscription>();
  #isConnected = true;
  #isClosed = false;

  constructor(options: MemoryBusOptions) {
    this.#options = options;
    this.#streams = options.streams ?? declaredStreams;
    this.#consumers = options.consumers ?? declaredConsumers;
    this.#queues = new Map(this.#consumers.map((definition) => [definition.durable, this.#queueOf(definition)]));
  }

  publish: Bus['publish'] = async (news, payload, { id }) => {
    const doing = `publishing ${news.subject}`;
    const text = encodePayload(news.schema, payload, news.subject);
    this.#mustBeConnected(doing);
    const stream = this.#streams.find(({ subjects }) => subjects.includes(news.subject));
    if (stream === undefined) throw transient(`${doing}: nobody answers on ${news.subject}`, { reason: 'NoResponder' });
    const fails = this.#happens(this.#faults().failedPublish);
    if (!fails || this.#options.random.next() < 0.5) this.#store(stream, { id, subject: news.subject, payload: text });
    if (fails) throw transient(`${doing}: no answer in time`, { reason: 'Timeout' });
  };

  consume: Bus['consume'] = async (news, durable, handler) => {
    const definition = this.#consumers.find((known) => known.durable === durable);
    const queue = this.#queues.get(durable);
    if (definition === undefined || queue === undefined)
      throw terminal(`there is no consumer ${durable} in the contracts`, { reason: 'UnknownConsumer' });
    if (definition.news.subject !== news.subject)
      throw terminal(`the consumer ${durable} hears ${definition.news.subject}, not ${news.subject}`, {
        reason: 'UnknownConsumer',
      });
    return this.#kept(
      queue.subscribe(
        async (text, meta) => handler(decodePayload(news.schema, text, news.subject), meta),
        this.#options.concurrency ?? defaultConcurrency,
      ),
    );
  };

  request: Bus['request'] = async (request, payload, { timeoutMs }) => {
    const doing = `asking ${request.subject}`;
    const text = encodePayload(request.query, payload, request.subject);
    this.#mustBeConnected(doing);
    const responder = this.#nextResponder(request.subject);
    if (responder === undefined)
      throw transient(`${doing}: nobody answers on ${request.subject}`, { reason: 'NoResponder' });
    const lost = this.#happens(this.#faults().lostRequest);
    const answer = lost ? new Promise<string>(() => undefined) : responder.ask(text);
    const given = await inTime(this.#options.clock, timeoutMs, doing, answer);
    return decodePayload(request.answer, given, `the answer of ${request.subject}`);
  };

  respond: Bus['respond'] = async (request, handler) => {
    const responder = new Responder(request.subject, answererOf(request, handler));
    const all = this.#responders.get(request.subject) ?? [];
    this.#responders.set(request.subject, [...all, responder]);
    return this.#kept({
      stop: async () => {
        this.#responders.set(
          request.subject,
          (this.#responders.get(request.subject) ?? []).filter((other) => other !== responder),
        );
      },
    });
  };

  connected(): boolean {
    return this.#isConnected && !this.#isClosed;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    this.#isClosed = true;
  }

  deadLetters(): readonly DeadLetter[] {
    return this.#dead;
  }

  setConnected(connected: boolean): void {
    this.#isConnected = connected;
    if (connected) for (const queue of this.#queues.values()) queue.resume();
  }

  #kept(inner: Subscription): Subscription {
    const subscription: Subscription = {
      stop: () => {
        this.#subscriptions.delete(subscription);
        return inner.stop();
      },
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  #queueOf(definition: ConsumerDefinition): DurableQueue {
    const { clock, random, redelivery = redeliveryBackoff } = this.#options;
    return new DurableQueue({
      definition,
      clock,
      random,
      redelivery,
      faults: () => this.#faults(),
      isOpen: () => this.connected(),
      bury: (letter) => this.#bury(letter),
    });
  }

  #store(stream: StreamDefinition, message: StoredMessage): void {
    if (this.#isRepeat(stream, message.id) || this.#happens(this.#faults().lostForGood)) return;
    for (const { durable, news } of this.#consumers)
      if (news.subject === message.subject) this.#queues.get(durable)?.add(message);
  }

  #isRepeat(stream: StreamDefinition, id: string): boolean {
    const now = this.#options.clock.now();
    const lately = this.#lately.get(stream.name) ?? new Map<string, number>();
    this.#lately.set(stream.name, lately);
    for (const [known, until] of lately) {
      if (until > now) break;
      lately.delete(known);
    }
    if (lately.has(id)) return true;
    lately.set(id, now + stream.duplicateWindowSeconds * 1000);
    return false;
  }

  #bury(letter: DeadLetter): void {
    this.#dead.push(letter);
    if (this.#dead.length > mostDeadLetters) this.#dead.shift();
  }

  #nextResponder(subject: string): Responder | undefined {
    const [first, ...others] = this.#responders.get(subject) ?? [];
    if (first !== undefined) this.#responders.set(subject, [...others, first]);
    return first;
  }

  #mustBeConnected(doing: string): void {
    if (!this.connected()) throw transient(`${doing}: not connected to NATS`, { reason: 'NotConnected' });
  }

  #faults(): BusFaults {
    return this.#options.faults?.() ?? noBusFaults;
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#options.random.next() < chance;
  }
}

/** One subscription that answers requests, with a bound of its own. */
class Responder {
  readonly #subject: string;
  readonly #answerer: Answerer;
  #atWork = 0;

  constructor(subject: string, answerer: Answerer) {
    this.#subject = subject;
    this.#answerer = answerer;
  }

  async ask(text: string): Promise<string> {
    if (this.#atWork >= requestsInFlight)
      throw transient(`${this.#subject} has ${requestsInFlight} requests in work`, {
        reason: 'Busy',
        retryAfterSeconds: 1,
      });
    this.#atWork += 1;
    try {
      return await this.#answerer(text);
    } finally {
      this.#atWork -= 1;
    }
  }
}

function answererOf<Q, A>(request: Request<Q, A>, handler: (payload: Q) => Promise<A>): Answerer {
  return async (text) => {
    try {
      return encodePayload(
        request.answer,
        await handler(decodePayload(request.query, text, request.subject)),
        `the answer of ${request.subject}`,
      );
    } catch (error) {
      throw failureOf(wireFailure(error));
    }
  };
}
