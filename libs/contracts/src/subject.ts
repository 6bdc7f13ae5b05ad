import type { z } from 'zod';

/** News on JetStream: `<service>.<kind>.<past participle>`. One declaration gives typed publish, consume and catalogue. */
export interface News<P> {
  readonly subject: string;
  readonly description: string;
  readonly schema: z.ZodType<P>;
}

/** A request over NATS: `<service>.<kind>.<verb>`. */
export interface Request<Q, A> {
  readonly subject: string;
  readonly description: string;
  readonly query: z.ZodType<Q>;
  readonly answer: z.ZodType<A>;
}

export function defineNews<P>(news: News<P>): News<P> {
  return news;
}

export function defineRequest<Q, A>(request: Request<Q, A>): Request<Q, A> {
  return request;
}
