import { type HttpResponse, isFailure, type Log, messageOf, transient } from '@keelson/std';
import { failureOf, type StatusAnswer } from '../status-failure.js';
import { type Access, accessOf } from './access.js';
import { Limit } from './limit.js';
import type { HttpKubeOptions } from './options.js';
import type { Exchange, Reply, Transport } from './transport.js';
import { transportTo } from './transports.js';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Ask {
  /** What we are doing, for messages: `get LCMMachine demo/m1`. */
  readonly what: string;
  readonly method: Exchange['method'];
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  /** Of the body; JSON when absent. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

/** A request whose answer is not the API server's own. */
export interface PlainAsk extends Omit<Ask, 'body' | 'contentType' | 'query'> {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
  readonly timeoutMs: number;
}

const defaultTimeoutMs = 30_000;
/** So many different warnings are remembered as told. */
const maxWarnings = 100;

/** Requests to one API server as one user, each with a deadline, each error sorted. */
export class Requests {
  readonly #options: HttpKubeOptions;
  readonly #access: Access;
  readonly #transport: Transport;
  readonly #log: Log;
  readonly #warnings = new Set<string>();

  /** @throws Failure terminal when the options lead to no server */
  constructor(options: HttpKubeOptions) {
    this.#options = options;
    this.#access = accessOf(options);
    this.#transport = transportTo(this.#access.server.origin, this.#access.trust);
    this.#log = options.log;
    if (this.#access.trust.isInsecure)
      this.#log.warn(`the certificate of ${this.#access.server.origin} is not checked, as the kubeconfig wants it`);
  }

  /**
   * The JSON that was answered.
   *
   * @throws Failure by the answer's Status; transient `Timeout` or `Unreachable` when no whole answer came
   */
  async json(ask: Ask): Promise<unknown> {
    const limit = new Limit(this.#options.clock, this.#options.requestTimeoutMs ?? defaultTimeoutMs, ask.signal);
    try {
      const reply = await this.#open(ask, limit);
      return parsed(ask.what, await textOf(reply));
    } catch (error) {
      throw this.#sorted(error, ask, limit);
    } finally {
      limit.end();
    }
  }

  /**
   * The whole answer, whatever its status.
   *
   * @throws Failure transient `Timeout` or `Unreachable` when no whole answer came
   */
  async plain(ask: PlainAsk): Promise<HttpResponse> {
    const limit = new Limit(this.#options.clock, ask.timeoutMs, ask.signal);
    try {
      const { body: _body, headers, ...exchange } = this.#exchange(ask, limit.signal);
      const reply = await this.#transport.send({
        ...exchange,
        headers: { ...headers, ...ask.headers },
        body: ask.text,
      });
      return { status: reply.status, headers: reply.headers, body: Buffer.from(await textOf(reply), 'utf8') };
    } catch (error) {
      throw this.#sorted(error, ask, limit);
    } finally {
      limit.end();
    }
  }

  /**
   * The chunks of an answer that goes on, until the server ends it: first an empty one, as soon as it has begun. Each
   * chunk extends the limit.
   *
   * @param silenceMs how long nothing may come
   * @throws Failure as `json` does; transient `Timeout` after the silence
   */
  async *chunks(ask: Ask, silenceMs: number): AsyncGenerator<Uint8Array> {
    const limit = new Limit(this.#options.clock, silenceMs, ask.signal);
    try {
      const reply = await this.#open(ask, limit);
      yield new Uint8Array(0);
      for await (const chunk of reply.body) {
        limit.extend();
        yield chunk;
      }
    } catch (error) {
      throw this.#sorted(error, ask, limit);
    } finally {
      limit.end();
    }
  }

  async #open(ask: Ask, limit: Limit): Promise<Reply> {
    if (limit.signal.aborted) throw transient(`${ask.what}: called off`, { reason: 'CalledOff' });
    const reply = await this.#transport.send(this.#exchange(ask, limit.signal));
    this.#tellWarnings(ask, reply);
    if (reply.status >= 400)
      throw failureOf({
        what: ask.what,
        code: reply.status,
        ...refusal(await textOf(reply)),
        retryAfterSeconds: this.#retryAfter(reply),
      });
    return reply;
  }

  #exchange(ask: Ask, signal: AbortSignal): Exchange {
    const authorization = this.#access.authorization();
    const base = this.#access.server.pathname.replace(/\/$/, '');
    return {
      method: ask.method,
      path: `${base}${ask.path}${queryText(ask.query)}`,
      headers: {
        accept: 'application/json',
        'user-agent': this.#options.userAgent,
        ...(authorization === undefined ? {} : { authorization }),
        ...(ask.body === undefined ? {} : { 'content-type': ask.contentType ?? 'application/json' }),
      },
      body: ask.body === undefined ? undefined : JSON.stringify(ask.body),
      signal,
    };
  }

  #sorted(error: unknown, { what }: Ask, limit: Limit): Error {
    if (isFailure(error)) return error;
    const { origin } = this.#access.server;
    if (limit.isOver)
      return transient(`${what}: ${origin} sent nothing for ${limit.ms / 1000} s`, { cause: error, reason: 'Timeout' });
    if (limit.signal.aborted) return transient(`${what}: called off`, { cause: error, reason: 'CalledOff' });
    return transient(`${what}: ${origin}: ${networkText(error)}`, { cause: error, reason: 'Unreachable' });
  }

  /** A date is measured on our own clock; both forms are allowed (RFC 9110, section 10.2.3). */
  #retryAfter(reply: Reply): number | undefined {
    const text = reply.headers['retry-after'];
    if (text === undefined) return undefined;
    if (/^\d+$/.test(text)) return Number(text);
    const at = Date.parse(text);
    return Number.isNaN(at) ? undefined : Math.max(0, (at - this.#options.clock.now()) / 1000);
  }

  /** Each warning once, with the request that first met it: what is wrong with one object is so with all of its kind. */
  #tellWarnings(ask: Ask, reply: Reply): void {
    const warning = reply.headers['warning'];
    if (warning === undefined || this.#warnings.has(warning)) return;
    if (this.#warnings.size >= maxWarnings) this.#warnings.clear();
    this.#warnings.add(warning);
    this.#log.warn(`${ask.what}: the API server warns: ${warning}`);
  }
}

export function queryText(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

async function textOf(reply: Reply): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of reply.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws Failure transient: half an answer is as good as none */
function parsed(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw transient(`${what}: the answer is no whole JSON`, { cause, reason: 'BadAnswer' });
  }
}

function refusal(text: string): { status: StatusAnswer } | { text: string } {
  try {
    const body: unknown = JSON.parse(text);
    if (isStatus(body)) return { status: body };
  } catch {
    // Plain text, as unknown paths are answered.
  }
  return { text };
}

/** True for a metav1.Status; its members are the server's to keep. */
export function isStatus(value: unknown): value is StatusAnswer {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
}

function networkText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { code } = error as NodeJS.ErrnoException;
  const text = error.message === '' ? messageOf(first) : error.message;
  return code === undefined || text.includes(code) ? text : `${code} ${text}`;
}
