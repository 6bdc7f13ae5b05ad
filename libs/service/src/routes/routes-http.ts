import type { Http, HttpRequest, HttpResponse } from '@keelson/std';
import { answerRoute, matchRoute } from './match.js';
import { jsonResponse, type Route, type RouteResponse } from './route.js';

/**
 * Routes as an `Http` in the same process, for worlds without a server: answers in microtasks as far as the handlers do.
 * Authentication is the server's part and is not checked here: the caller is the world itself.
 */
export function routesHttp(routes: readonly Route[]): Http {
  return async (request) => {
    const url = new URL(request.url);
    const match = matchRoute(routes, request.method, url.pathname);
    if (match.found === 'nothing')
      return httpResponse(jsonResponse(404, { reason: 'NotFound', message: `there is nothing at ${url.pathname}` }));
    if (match.found === 'path')
      return httpResponse({
        ...jsonResponse(405, {
          reason: 'MethodNotAllowed',
          message: `${url.pathname} takes ${match.methods.join(', ')}`,
        }),
        headers: { allow: match.methods.join(', ') },
      });
    const answer = await answerRoute(match.route, {
      method: request.method,
      path: url.pathname,
      params: match.params,
      query: url.searchParams,
      headers: lowerCased(request.headers ?? {}),
      body: bytesOf(request.body),
    });
    const whole = await httpResponse(answer);
    return request.method === 'HEAD' ? { ...whole, body: new Uint8Array() } : whole;
  };
}

async function httpResponse(answer: RouteResponse): Promise<HttpResponse> {
  return { status: answer.status, headers: lowerCased(answer.headers ?? {}), body: await wholeBody(answer.body) };
}

async function wholeBody(body: RouteResponse['body']): Promise<Uint8Array> {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return bytesOf(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

function bytesOf(body: HttpRequest['body']): Uint8Array {
  return typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array());
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
