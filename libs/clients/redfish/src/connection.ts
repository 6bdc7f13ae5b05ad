import {
  type Clock,
  type Failure,
  type HttpRequest,
  type HttpResponse,
  type Random,
  backoffSeconds,
  isFailure,
  sleep,
} from '@keelson/std';
import { badAnswer, jsonOf, sortAnswer, wrongCredentials } from './failures.js';
import { type Resource, textAt } from './resource.js';
import { type Account, exchange, forget, headersOf, proofFor } from './session.js';

/** A resource with the entity tag it had. */
export interface Tagged {
  readonly resource: Resource;
  readonly etag: string | undefined;
}

/** Requests to one BMC under one account: authentication, repeats of reads, tasks. */
export interface Connection {
  /** A read that needs no login: the service root only (DSP0266, 13.2.1). */
  getOpen(path: string): Promise<Tagged>;
  get(path: string): Promise<Tagged>;
  patch(path: string, body: Resource, etag: string | undefined): Promise<void>;
  post(path: string, body: Resource): Promise<void>;
}

export interface ConnectionOptions {
  readonly account: Account;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal | undefined;
  /** How long a task of the BMC may take in all. */
  readonly taskTimeoutMs: number;
}

/** A read is repeated this often when the connection breaks: one dropped packet must not fail an inspection. */
const readAttempts = 3;
const readBackoff = { firstSeconds: 0.5, maxSeconds: 4, factor: 2 };
const taskBackoff = { firstSeconds: 1, maxSeconds: 10, factor: 1.5 };

/** Opens nothing yet: the first request logs in. */
export function connect(options: ConnectionOptions): Connection {
  return {
    async getOpen(path) {
      const response = await repeated(options, () => open(options, path));
      return { resource: resourceOf(`GET ${path}`, response), etag: etagOf(response) };
    },
    async get(path) {
      const response = await repeated(options, () => authenticated(options, { method: 'GET', path }));
      return { resource: resourceOf(`GET ${path}`, response), etag: etagOf(response) };
    },
    async patch(path, body, etag) {
      const headers: Record<string, string> = etag === undefined ? {} : { 'if-match': etag };
      await finished(options, await authenticated(options, { method: 'PATCH', path, body, headers }));
    },
    async post(path, body) {
      await finished(options, await authenticated(options, { method: 'POST', path, body }));
    },
  };
}

interface Ask {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly body?: Resource;
  readonly headers?: Readonly<Record<string, string>>;
}

async function open(options: ConnectionOptions, path: string): Promise<HttpResponse> {
  const what = `GET ${options.account.origin}${path}`;
  const response = await exchange(what, options.account, requestOf(options, { method: 'GET', path }, {}));
  if (response.status === 401 || response.status === 403) throw wrongCredentials(what, options.account.username);
  if (response.status >= 400) throw sortAnswer(what, response);
  return response;
}

/** Sends with the shared session; when the BMC has forgotten it, logs in once more. */
async function authenticated(options: ConnectionOptions, ask: Ask): Promise<HttpResponse> {
  const what = `${ask.method} ${options.account.origin}${ask.path}`;
  for (let attempt = 1; ; attempt += 1) {
    const proof = await proofFor(options.account);
    const response = await exchange(what, options.account, requestOf(options, ask, headersOf(options.account, proof)));
    if (response.status !== 401 && response.status !== 403) {
      if (response.status >= 400) throw sortAnswer(what, response);
      return response;
    }
    await forget(options.account, proof);
    if (proof.kind === 'basic' || attempt > 1) throw wrongCredentials(what, options.account.username);
  }
}

function requestOf(
  options: ConnectionOptions,
  ask: Ask,
  proof: Record<string, string>,
): Omit<HttpRequest, 'timeoutMs' | 'tls'> {
  return {
    method: ask.method,
    url: `${options.account.origin}${ask.path}`,
    headers: {
      accept: 'application/json',
      'odata-version': '4.0',
      ...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...ask.headers,
      ...proof,
    },
    ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

async function repeated<T>(options: ConnectionOptions, read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      const again = isFailure(error, 'transient') && error.reason === 'BMCUnreachable' && attempt < readAttempts;
      if (!again || options.signal?.aborted === true) throw error;
      await sleep(options.clock, backoffSeconds(readBackoff, attempt, options.random) * 1000, options.signal);
    }
  }
}

/** Follows a task to its end when the BMC answers 202 (DSP0266, 7.11 and 12.2). */
async function finished(options: ConnectionOptions, response: HttpResponse): Promise<void> {
  if (response.status !== 202) return;
  const monitor = pathOf(response.headers['location'] ?? textAt(jsonOf(response) ?? {}, '@odata.id'));
  if (monitor === undefined) return;
  const deadline = options.clock.now() + options.taskTimeoutMs;
  for (let attempt = 1; options.clock.now() < deadline; attempt += 1) {
    await sleep(options.clock, backoffSeconds(taskBackoff, attempt, options.random) * 1000, options.signal);
    const answer = await repeated(options, () => authenticated(options, { method: 'GET', path: monitor }));
    const state = textAt(jsonOf(answer) ?? {}, 'TaskState');
    if (state !== undefined && lost.has(state)) throw taskFailed(monitor, state, answer);
    if (state === 'Completed' || (state === undefined && answer.status !== 202)) return;
  }
  throw badAnswer(`task ${monitor}`, `it did not end within ${options.taskTimeoutMs / 1000} s`);
}

const lost: ReadonlySet<string> = new Set(['Exception', 'Killed', 'Cancelled', 'Interrupted']);

function taskFailed(monitor: string, state: string, answer: HttpResponse): Failure {
  const messages = jsonOf(answer)?.['Messages'];
  return sortAnswer(`task ${monitor} ended as ${state} (${JSON.stringify(messages ?? []).slice(0, 200)})`, {
    ...answer,
    status: 500,
  });
}

/** Some services give whole URLs where a path is meant. */
function pathOf(location: string | undefined): string | undefined {
  if (location === undefined) return undefined;
  return location.startsWith('/') ? location : new URL(location, 'https://bmc.invalid').pathname;
}

function resourceOf(what: string, response: HttpResponse): Resource {
  const resource = jsonOf(response);
  if (resource === undefined) throw badAnswer(what, 'it is not a JSON object');
  return resource;
}

function etagOf(response: HttpResponse): string | undefined {
  return response.headers['etag'] ?? textAt(jsonOf(response) ?? {}, '@odata.etag');
}
