import type { ConsumerDefinition, News } from '@keelson/contracts';
import {
  backoffSeconds,
  type BackoffPolicy,
  type Clock,
  isFailure,
  type Log,
  messageOf,
  type Random,
  type Timer,
} from '@keelson/std';
import { type ConsumerMessages, type JetStreamClient, type JsMsg, jetstream } from '@nats-io/jetstream';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { deadLetterSubject, drainTimeoutMs, handlerTimeoutMs, inTime } from '../delivery.js';
import { decodePayload } from '../envelope.js';
import type { MessageMeta } from '../port.js';
import { type TraceContext, traceHeaderNames } from '../trace.js';
import type { Running } from './link.js';

export interface DurableOptions<P> {
  readonly definition: ConsumerDefinition;
  readonly news: News<P>;
  readonly handler: (payload: P, meta: MessageMeta) => Promise<void>;
  readonly concurrency: number;
  readonly redelivery: BackoffPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly trace: TraceContext;
}

/** Two of these missed and the client library pulls anew: so long is a pull that a starting server lost without an answer. */
const idleHeartbeatMs = 2_000;

/** Pulls the messages of a durable consumer and runs the handler on them until stopped. */
export async function runDurable<P>(connection: NatsConnection, options: DurableOptions<P>): Promise<Running> {
  const js = jetstream(connection, { timeout: 5_000 });
  const { stream, durable } = options.definition;
  const consumer = await js.consumers.get(stream, durable);
  const worker = new DurableWorker(js, options);
  const messages = await consumer.consume({
    max_messages: 2 * options.concurrency,
    idle_heartbeat: idleHeartbeatMs,
    callback: (message) => worker.take(message),
  });
  void worker.follow(messages);
  return {
    ended: messages.closed().then((error) => (error instanceof Error ? error.message : 'the server ended it')),
    stop: async () => {
      messages.stop();
      await worker.finish();
    },
  };
}

/**
 * Messages in hand: some at work, the rest waiting their turn. All of them are kept alive by signs of work, so that the server
 * gives none to another instance meanwhile. How many can be in hand is bounded by the consumer's max_ack_pending.
 */
class DurableWorker<P> {
  readonly #js: JetStreamClient;
  readonly #options: DurableOptions<P>;
  readonly #queue: JsMsg[] = [];
  readonly #inHand = new Set<JsMsg>();
  readonly #working = new Set<Promise<void>>();
  #heartbeat: Timer | undefined;
  #isFinishing = false;

  constructor(js: JetStreamClient, options: DurableOptions<P>) {
    this.#js = js;
    this.#options = options;
  }

  take(message: JsMsg): void {
    if (this.#isFinishing) return message.nak();
    this.#inHand.add(message);
    this.#queue.push(message);
    this.#beat();
    this.#pump();
  }

  /** Gives back what waits, lets what is at work end, at most for the time of draining. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    for (const message of this.#queue.splice(0)) {
      message.nak();
      this.#inHand.delete(message);
    }
    const { clock, log, definition } = this.#options;
    await inTime(clock, drainTimeoutMs, `draining ${definition.durable}`, Promise.all(this.#working)).catch(
      (error: unknown) => log.warn(messageOf(error)),
    );
    this.#heartbeat?.cancel();
    this.#heartbeat = undefined;
  }

  /** Says in the log what the client library notices. */
  async follow(messages: ConsumerMessages): Promise<void> {
    const { log, definition } = this.#options;
    for await (const status of messages.status()) {
      if (
        status.type === 'consumer_not_found' ||
        status.type === 'consumer_deleted' ||
        status.type === 'stream_not_found'
      ) {
        log.warn(`the consumer ${definition.durable} is not there; waiting until it is provisioned`, {
          status: status.type,
        });
      }
    }
  }

  #pump(): void {
    while (this.#working.size < this.#options.concurrency) {
      const message = this.#queue.shift();
      if (message === undefined) return;
      const work = this.#handle(message).finally(() => {
        this.#working.delete(work);
        this.#inHand.delete(message);
        this.#pump();
      });
      this.#working.add(work);
    }
  }

  #beat(): void {
    this.#heartbeat ??= this.#options.clock.schedule((this.#options.definition.ackWaitSeconds * 1000) / 3, () => {
      this.#heartbeat = undefined;
      for (const message of this.#inHand) message.working();
      if (this.#inHand.size > 0) this.#beat();
    });
  }

  async #handle(message: JsMsg): Promise<void> {
    const { definition, news, handler, clock, trace } = this.#options;
    const meta = metaOf(message, definition);
    try {
      if (meta.deliveries > definition.maxDeliver)
        return await this.#bury(
          message,
          meta,
          'Abandoned',
          'every delivery ended without an answer: its handler took the process down',
        );
      const payload = decodePayload(news.schema, message.string(), meta.subject);
      const work = (): Promise<void> =>
        trace.within(`consume ${meta.subject}`, traceRecord(message.headers), () => handler(payload, meta));
      await inTime(clock, handlerTimeoutMs, `handling ${meta.subject}`, work());
      message.ack();
    } catch (error) {
      await this.#failed(message, meta, error);
    }
  }

  async #failed(message: JsMsg, meta: MessageMeta, error: unknown): Promise<void> {
    const { definition, redelivery, random, log } = this.#options;
    const reason = isFailure(error) ? error.reason : 'InternalError';
    try {
      if (reason === 'BadPayload' || meta.deliveries >= definition.maxDeliver)
        return await this.#bury(message, meta, reason, messageOf(error));
    } catch (cause) {
      log.warn('a dead letter could not be stored; its message comes again', {
        subject: meta.subject,
        id: meta.id,
        error: messageOf(cause),
      });
    }
    const seconds = backoffSeconds(redelivery, meta.deliveries, random);
    log.debug('handling failed; the message comes again', {
      subject: meta.subject,
      id: meta.id,
      deliveries: meta.deliveries,
      seconds,
      error: messageOf(error),
    });
    message.nak(Math.ceil(seconds * 1000));
  }

  /** To the dead letters, and only then gone. */
  async #bury(message: JsMsg, meta: MessageMeta, reason: string, why: string): Promise<void> {
    const { definition, log } = this.#options;
    await this.#js.publish(deadLetterSubject(definition.durable), message.data, {
      msgID: `${definition.durable}/${meta.id}`,
      headers: deadLetterHeaders(meta, reason, why),
      timeout: 5_000,
    });
    message.term();
    log.warn('a message went to the dead letters', {
      subject: meta.subject,
      id: meta.id,
      durable: definition.durable,
      reason,
      message: why,
    });
  }
}

/** Names of the headers of a dead letter. */
export const deadLetterHeader = {
  id: 'Keelson-Id',
  subject: 'Keelson-Subject',
  reason: 'Keelson-Reason',
  message: 'Keelson-Message',
  deliveries: 'Keelson-Deliveries',
} as const;

function deadLetterHeaders(meta: MessageMeta, reason: string, why: string): MsgHdrs {
  const bag = headers();
  bag.set(deadLetterHeader.id, meta.id);
  bag.set(deadLetterHeader.subject, meta.subject);
  bag.set(deadLetterHeader.reason, reason);
  bag.set(deadLetterHeader.message, headerText(why));
  bag.set(deadLetterHeader.deliveries, String(meta.deliveries));
  return bag;
}

/** A header value is one line of limited length. */
export function headerText(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').slice(0, 1000);
}

function metaOf(message: JsMsg, definition: ConsumerDefinition): MessageMeta {
  const id = message.headers?.get('Nats-Msg-Id');
  return {
    id: id === undefined || id === '' ? `${definition.stream}/${message.seq}` : id,
    subject: message.subject,
    deliveries: message.info.deliveryCount,
  };
}

/** The trace in the headers of a message. */
export function traceRecord(bag: MsgHdrs | undefined): Record<string, string> {
  if (bag === undefined) return {};
  return Object.fromEntries(traceHeaderNames.filter((name) => bag.has(name)).map((name) => [name, bag.get(name)]));
}
