import { consumers as declaredConsumers } from '@keelson/contracts';
import { terminal } from '@keelson/std';
import { jetstream } from '@nats-io/jetstream';
import { defaultConcurrency, redeliveryBackoff } from '../delivery.js';
import { encodePayload } from '../envelope.js';
import type { Bus, Subscription } from '../port.js';
import { noTrace } from '../trace.js';
import { runDurable } from './durable.js';
import { sortNatsError } from './errors.js';
import { Link } from './link.js';
import type { NatsBusOptions } from './options.js';
import { askOverNats, bagOf, runResponder } from './requests.js';

/**
 * The bus over NATS. Connects in the background and for ever: it may be used at once; while there is no connection,
 * `publish` and `request` fail as transient (reason `NotConnected`), and subscriptions begin when there is one.
 * Resolves after the first attempt to connect, at most about five seconds.
 */
export async function natsBus(options: NatsBusOptions): Promise<Bus> {
  const link = new Link(options);
  await link.open();
  const trace = options.trace ?? noTrace;
  const subscriptions = new Set<Subscription>();
  const kept = async (starting: Promise<Subscription>): Promise<Subscription> => {
    const inner = await starting;
    const subscription: Subscription = {
      stop: () => {
        subscriptions.delete(subscription);
        return inner.stop();
      },
    };
    subscriptions.add(subscription);
    return subscription;
  };
  return {
    publish: async (news, payload, { id }) => {
      const doing = `publishing ${news.subject}`;
      const text = encodePayload(news.schema, payload, news.subject);
      const connection = link.current(doing);
      try {
        await jetstream(connection).publish(news.subject, text, {
          msgID: id,
          timeout: 5_000,
          headers: bagOf(trace.headers()),
        });
      } catch (error) {
        throw sortNatsError(error, doing);
      }
    },
    consume: async (news, durable, handler) => {
      const definition = (options.consumers ?? declaredConsumers).find((known) => known.durable === durable);
      if (definition === undefined)
        throw terminal(`there is no consumer ${durable} in the contracts`, { reason: 'UnknownConsumer' });
      if (definition.news.subject !== news.subject)
        throw terminal(`the consumer ${durable} hears ${definition.news.subject}, not ${news.subject}`, {
          reason: 'UnknownConsumer',
        });
      const { clock, random, log, redelivery = redeliveryBackoff, concurrency = defaultConcurrency } = options;
      return kept(
        link.keep(`consumer ${durable}`, (connection) =>
          runDurable(connection, { definition, news, handler, clock, random, log, redelivery, concurrency, trace }),
        ),
      );
    },
    request: async (request, payload, { timeoutMs }) =>
      askOverNats(link.current(`asking ${request.subject}`), request, payload, { timeoutMs, trace }),
    respond: async (request, handler) => {
      const { clock, log, service } = options;
      return kept(
        link.keep(`responder of ${request.subject}`, (connection) =>
          runResponder(connection, { request, handler, queue: service, clock, log, trace }),
        ),
      );
    },
    connected: () => link.isUp(),
    close: async () => {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
      await link.close();
    },
  };
}
