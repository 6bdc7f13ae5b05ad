import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';
import { type HttpRequest, type Log, messageOf } from '@keelson/std';
import { answerRoute, matchRoute } from '../routes/match.js';
import { jsonResponse, type Route, type RouteResponse } from '../routes/route.js';

export interface RoutesHandlerOptions {
  readonly routes: readonly Route[];
  /** Whether an `Authorization` header is enough for routes of auth `token`. */
  readonly admits: (authorization: string | undefined) => boolean;
  readonly log: Log;
}

/** Longest body that is read. */
export const maxBodyBytes = 1024 * 1024;

/** Answers requests by routes, on a node server; what no route knows goes to `next`. */
export function routesHandler(options: RoutesHandlerOptions) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const url = urlOf(request);
    const method = methodOf(request);
    if (url === undefined || method === undefined)
      return void send(
        request,
        response,
        jsonResponse(400, { reason: 'BadRequest', message: 'the request is not one of ours' }),
        options.log,
      );
    const match = matchRoute(options.routes, method, url.pathname);
    if (match.found === 'nothing') return next();
    if (match.found === 'path') {
      const allow = match.methods.join(', ');
      const answer = jsonResponse(405, { reason: 'MethodNotAllowed', message: `${url.pathname} takes ${allow}` });
      return void send(request, response, { ...answer, headers: { ...answer.headers, allow } }, options.log);
    }
    void answerOn({ ...match, method, url, request, response }, options);
  };
}

/** The last handler: there is nothing here. */
export function nothingHere(log: Log) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    void send(
      request,
      response,
      jsonResponse(404, {
        reason: 'NotFound',
        message: `there is nothing at ${urlOf(request)?.pathname ?? 'this address'}`,
      }),
      log,
    );
  };
}

interface Exchange {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  readonly method: HttpRequest['method'];
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answerOn(
  { route, params, method, url, request, response }: Exchange,
  options: RoutesHandlerOptions,
): Promise<void> {
  if (route.auth === 'token' && !hasCertificate(request) && !options.admits(request.headers.authorization)) {
    const refused = jsonResponse(401, {
      reason: 'Unauthorized',
      message: 'show a client certificate of this installation, or its API token',
    });
    return send(
      request,
      response,
      { ...refused, headers: { ...refused.headers, 'www-authenticate': 'Bearer' } },
      options.log,
    );
  }
  const body = await bodyOf(request).catch(() => undefined);
  if (body === undefined) return void response.destroy();
  if (body === 'too large') {
    const refused = jsonResponse(413, { reason: 'TooLarge', message: `the body is larger than ${maxBodyBytes} bytes` });
    return send(request, response, { ...refused, headers: { ...refused.headers, connection: 'close' } }, options.log);
  }
  const answer = await answerRoute(route, {
    method,
    path: url.pathname,
    params,
    query: url.searchParams,
    headers: headersOf(request),
    body,
  });
  // 503 is no fault of ours: something outside is away, and readiness says so many times.
  if (answer.status === 500)
    options.log.warn('a request failed', {
      method: request.method,
      route: route.path,
      answer: typeof answer.body === 'string' ? answer.body : undefined,
    });
  return send(request, response, answer, options.log);
}

/** A certificate that the installation's authority has signed; others are not even shown to us as authorized. */
function hasCertificate(request: IncomingMessage): boolean {
  return request.socket instanceof TLSSocket && request.socket.authorized;
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array | 'too large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return 'too large';
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: RouteResponse,
  log: Log,
): Promise<void> {
  if (response.destroyed) return;
  response.writeHead(answer.status, { 'cache-control': 'no-store', ...answer.headers });
  const { body } = answer;
  if (request.method === 'HEAD' || body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    response.end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  // The caller may leave at any time; the source is closed with it.
  await pipeline(Readable.from(body), response).catch((error: unknown) =>
    log.debug('an answer was not read to its end', { error: messageOf(error) }),
  );
}

function urlOf(request: IncomingMessage): URL | undefined {
  return URL.canParse(request.url ?? '', 'https://service.invalid')
    ? new URL(request.url ?? '', 'https://service.invalid')
    : undefined;
}

const methods: readonly HttpRequest['method'][] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

function methodOf(request: IncomingMessage): HttpRequest['method'] | undefined {
  return methods.find((method) => method === request.method);
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
