import { type Failure, type FailureSort, isFailure, messageOf } from '@keelson/std';
import { jsonResponse, type Route, type RouteRequest, type RouteResponse } from './route.js';

/** What a request found: its route with the values of the path, the methods the path knows, or nothing. */
export type Match =
  | { readonly found: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly found: 'path'; readonly methods: readonly string[] }
  | { readonly found: 'nothing' };

/** Finds the route of a request. The first declared one wins where two paths match. */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match {
  const onPath = routes.flatMap((route) => {
    const params = matchPath(route.path, path);
    return params === undefined ? [] : [{ route, params }];
  });
  const exact =
    onPath.find(({ route }) => route.method === method) ??
    onPath.find(({ route }) => method === 'HEAD' && route.method === 'GET');
  if (exact !== undefined) return { found: 'route', ...exact };
  return onPath.length === 0
    ? { found: 'nothing' }
    : { found: 'path', methods: [...new Set(onPath.map(({ route }) => route.method))] };
}

/** The values of a path's parameters, or undefined when it does not match or is not decodable. */
export function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = segments(pattern);
  const given = segments(path);
  const takesRest = wanted.at(-1) === '*';
  const fixed = takesRest ? wanted.slice(0, -1) : wanted;
  if (takesRest ? given.length <= fixed.length : given.length !== fixed.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, segment] of fixed.entries()) {
    const value = decoded(given[i] ?? '');
    if (value === undefined) return undefined;
    if (segment.startsWith(':')) params[segment.slice(1)] = value;
    else if (segment !== value) return undefined;
  }
  if (!takesRest) return params;
  const rest = decoded(given.slice(fixed.length).join('/'));
  return rest === undefined ? undefined : { ...params, '*': rest };
}

/** Runs a handler; what it throws becomes an answer with a sentence for people. */
export async function answerRoute(route: Route, request: RouteRequest): Promise<RouteResponse> {
  try {
    return await route.handler(request);
  } catch (error) {
    return failureResponse(error);
  }
}

const statusOfSort: Readonly<Record<FailureSort, number>> = {
  notFound: 404,
  conflict: 409,
  transient: 503,
  terminal: 422,
};

/** The answer to a failed request. Errors that are no Failure are faults of ours: 500. */
export function failureResponse(error: unknown): RouteResponse {
  if (!isFailure(error)) return jsonResponse(500, { reason: 'InternalError', message: messageOf(error) });
  const retry = retryAfter(error);
  const answer = jsonResponse(statusOfSort[error.sort], { reason: error.reason, message: error.message });
  return retry === undefined ? answer : { ...answer, headers: { ...answer.headers, 'retry-after': retry } };
}

function retryAfter(failure: Failure): string | undefined {
  return failure.retryAfterSeconds === undefined ? undefined : String(Math.ceil(failure.retryAfterSeconds));
}

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
