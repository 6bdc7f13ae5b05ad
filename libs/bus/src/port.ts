import type { News, Request } from '@keelson/contracts';

/**
 * News and requests between services. Two implementations pass one contract suite: NATS (`natsBus`) and memory
 * (`memoryBus`). Nothing is true because it was published: a lost or doubled message may only make things late.
 */
export interface Bus {
  /** Publishes to JetStream; resolves when the stream has it. `id` de-duplicates: the same id is stored once. */
  publish<P>(news: News<P>, payload: P, options: { id: string }): Promise<void>;
  /**
   * Consumes news through the durable consumer `durable`, one filter subject each. The handler must be idempotent; when it
   * throws, the message comes again with backoff, at most `maxDeliver` times, then goes to dead letters.
   */
  consume<P>(
    news: News<P>,
    durable: string,
    handler: (payload: P, meta: MessageMeta) => Promise<void>,
  ): Promise<Subscription>;
  /** Core request/reply with a deadline. transient when nobody answers in time (reason `NoResponder` or `Timeout`). */
  request<Q, A>(request: Request<Q, A>, payload: Q, options: { timeoutMs: number }): Promise<A>;
  /** Answers requests; instances of one service share them. Thrown Failures reach the caller with their sort and reason. */
  respond<Q, A>(request: Request<Q, A>, handler: (payload: Q) => Promise<A>): Promise<Subscription>;
  /** Whether the connection stands now. */
  connected(): boolean;
  close(): Promise<void>;
}

export interface MessageMeta {
  readonly id: string;
  readonly subject: string;
  readonly deliveries: number;
}

export interface Subscription {
  stop(): Promise<void>;
}
