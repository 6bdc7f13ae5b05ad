import type { Request } from '@keelson/contracts';
import { type Clock, type FailureSort, isFailure, type Log, messageOf, terminal, transient } from '@keelson/std';
import { headers, type Msg, type MsgHdrs, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { inTime, requestsInFlight } from '../delivery.js';
import { decodePayload, encodePayload, failureOf, wireFailure } from '../envelope.js';
import type { TraceContext } from '../trace.js';
import { headerText, traceRecord } from './durable.js';
import { sortNatsError } from './errors.js';
import type { Running } from './link.js';

const failureHeader = {
  sort: 'Keelson-Failure-Sort',
  reason: 'Keelson-Failure-Reason',
  retryAfter: 'Keelson-Retry-After',
} as const;
const sorts: readonly FailureSort[] = ['transient', 'terminal', 'notFound', 'conflict'];

/** Asks and waits for the answer. Failures of the answering side come with their sort and reason. */
export async function askOverNats<Q, A>(
  connection: NatsConnection,
  request: Request<Q, A>,
  payload: Q,
  options: { timeoutMs: number; trace: TraceContext },
): Promise<A> {
  const doing = `asking ${request.subject}`;
  const text = encodePayload(request.query, payload, request.subject);
  let answer: Msg;
  try {
    answer = await connection.request(request.subject, text, {
      timeout: options.timeoutMs,
      headers: bagOf(options.trace.headers()),
    });
  } catch (error) {
    throw sortNatsError(error, doing);
  }
  throwIfFailure(answer, doing);
  return decodePayload(request.answer, answer.string(), `the answer of ${request.subject}`);
}

export interface ResponderOptions<Q, A> {
  readonly request: Request<Q, A>;
  readonly handler: (payload: Q) => Promise<A>;
  /** Instances of one queue share the requests. */
  readonly queue: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly trace: TraceContext;
}

/**
 * Answers requests until stopped; what is at work then is still answered. Resolves when the server knows of the
 * subscription, so that a request of anybody finds the responder.
 */
export async function runResponder<Q, A>(
  connection: NatsConnection,
  options: ResponderOptions<Q, A>,
): Promise<Running> {
  const atWork = new Set<Promise<void>>();
  const take = (message: Msg): void => {
    if (atWork.size >= requestsInFlight)
      return refuse(
        message,
        transient(`${options.request.subject} has ${requestsInFlight} requests in work`, {
          reason: 'Busy',
          retryAfterSeconds: 1,
        }),
      );
    const work = answer(message, options).finally(() => atWork.delete(work));
    atWork.add(work);
  };
  const subscription = connection.subscribe(options.request.subject, {
    queue: options.queue,
    callback: (error, message) => {
      if (error !== null) options.log.warn(`${options.request.subject} cannot be answered`, { error: error.message });
      else take(message);
    },
  });
  await taken(connection, subscription, options);
  return {
    ended: subscription.closed.then(() => 'the subscription ended'),
    stop: async () => {
      await subscription.drain().catch(() => subscription.unsubscribe());
      await Promise.all(atWork);
    },
  };
}

const subscribeTimeoutMs = 5_000;

/** Resolves when the server has answered a ping that was sent after the subscription. */
async function taken<Q, A>(
  connection: NatsConnection,
  subscription: Subscription,
  { clock, request }: ResponderOptions<Q, A>,
): Promise<void> {
  try {
    await inTime(clock, subscribeTimeoutMs, `subscribing to ${request.subject}`, connection.flush());
  } catch (error) {
    subscription.unsubscribe();
    throw error;
  }
}

async function answer<Q, A>(message: Msg, { request, handler, log, trace }: ResponderOptions<Q, A>): Promise<void> {
  try {
    const payload = decodePayload(request.query, message.string(), request.subject);
    const given = await trace.within(`answer ${request.subject}`, traceRecord(message.headers), () => handler(payload));
    message.respond(encodePayload(request.answer, given, `the answer of ${request.subject}`));
  } catch (error) {
    if (!isFailure(error)) log.error(`answering ${request.subject} failed`, { error: messageOf(error) });
    refuse(message, error);
  }
}

function refuse(message: Msg, error: unknown): void {
  const failure = wireFailure(error);
  const bag = headers();
  bag.set(failureHeader.sort, failure.sort);
  bag.set(failureHeader.reason, headerText(failure.reason));
  if (failure.retryAfterSeconds !== undefined) bag.set(failureHeader.retryAfter, String(failure.retryAfterSeconds));
  message.respond(failure.message, { headers: bag });
}

function throwIfFailure(answer: Msg, doing: string): void {
  const name = answer.headers?.get(failureHeader.sort);
  if (answer.headers === undefined || name === undefined || name === '') return;
  const sort = sorts.find((known) => known === name);
  if (sort === undefined)
    throw terminal(`${doing}: the answer is a failure of the unknown sort "${name}"`, { reason: 'BadAnswer' });
  const retryAfter = Number(answer.headers.get(failureHeader.retryAfter) || Number.NaN);
  throw failureOf({
    sort,
    reason: answer.headers.get(failureHeader.reason),
    message: answer.string(),
    ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
  });
}

/** Headers of a message from a record. */
export function bagOf(record: Readonly<Record<string, string>>): MsgHdrs {
  const bag = headers();
  for (const [name, value] of Object.entries(record)) bag.set(name, value);
  return bag;
}
