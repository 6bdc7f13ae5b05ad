import type { ObjectKey } from '@keelson/api';
import { terminal } from '@keelson/std';
import type { Operations } from '../operations.js';
import { jsonResponse, type Route, type RouteRequest } from '../routes/route.js';

/**
 * `GET /api/v1/{history,plan,why}/<Kind>/<namespace or ->/<name>`: what the manager knows about an object. History is a JSON
 * array of transitions, oldest first; `?limit=` keeps the newest.
 */
export function operationsRoutes(operations: Operations): Route[] {
  const route = (
    what: string,
    answer: (kind: string, key: ObjectKey, request: RouteRequest) => Promise<unknown>,
  ): Route => ({
    method: 'GET',
    path: `/api/v1/${what}/:kind/:namespace/:name`,
    auth: 'token',
    handler: async (request) => jsonResponse(200, await answer(request.params['kind'] ?? '', keyOf(request), request)),
  });
  return [
    route('history', (kind, key, { query }) => operations.history(kind, key, limitOf(query))),
    route('plan', (kind, key) => operations.plan(kind, key)),
    route('why', (kind, key) => operations.why(kind, key)),
  ];
}

function keyOf({ params }: RouteRequest): ObjectKey {
  const name = params['name'] ?? '';
  return params['namespace'] === '-' ? { name } : { namespace: params['namespace'], name };
}

function limitOf(query: URLSearchParams): number | undefined {
  const text = query.get('limit');
  if (text === null) return undefined;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw terminal(`limit takes a whole number from 1 to 10000, was ${text}`, { reason: 'BadRequest' });
  return limit;
}
