import { describe, expect, it } from '@jest/globals';
import { notFound, transient } from '@keelson/std';
import { matchPath } from './match.js';
import { jsonResponse, type Route } from './route.js';
import { routesHttp } from './routes-http.js';

const routes: Route[] = [
  { method: 'GET', path: '/media/:token/*', auth: 'open', handler: async ({ params }) => jsonResponse(200, params) },
  { method: 'POST', path: '/callbacks/:id', auth: 'open', handler: async ({ body }) => ({ status: 200, body }) },
  { method: 'GET', path: '/gone', auth: 'token', handler: () => Promise.reject(notFound('there is no such thing')) },
  {
    method: 'GET',
    path: '/busy',
    auth: 'token',
    handler: () => Promise.reject(transient('the store is away', { retryAfterSeconds: 1.5 })),
  },
  { method: 'GET', path: '/stream', auth: 'open', handler: async () => ({ status: 200, body: pieces() }) },
];

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('a');
  yield new TextEncoder().encode('b');
}

const http = routesHttp(routes);
const ask = async (method: 'GET' | 'HEAD' | 'POST' | 'DELETE', path: string, body?: string): Promise<unknown> => {
  const answer = await http({
    method,
    url: `https://svc.invalid${path}`,
    timeoutMs: 1000,
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, body: new TextDecoder().decode(answer.body), headers: answer.headers };
};
const json = { 'content-type': 'application/json' };

describe('routes', () => {
  it.each([
    ['/a/:b', '/a/x%20y', { b: 'x y' }],
    ['/a/:b', '/a', undefined],
    ['/a/:b', '/a/b/c', undefined],
    ['/a/*', '/a', undefined],
    ['/a/:b/*', '/a/1/2/3', { b: '1', '*': '2/3' }],
    ['/a/:b', '/a/%zz', undefined],
  ])('match %s against %s', (pattern, path, expected) => {
    expect(matchPath(pattern, path)).toEqual(expected);
  });

  it('hand over the values of the path', async () => {
    expect(await ask('GET', '/media/t/image/a.iso')).toEqual({
      status: 200,
      body: '{"token":"t","*":"image/a.iso"}',
      headers: json,
    });
  });

  it('answer HEAD by GET, without a body', async () => {
    expect(await ask('HEAD', '/media/t/x')).toEqual({ status: 200, body: '', headers: json });
  });

  it('hand over the body', async () => {
    expect(await ask('POST', '/callbacks/7', 'hello')).toEqual({ status: 200, body: 'hello', headers: {} });
  });

  it('join streams', async () => {
    expect(await ask('GET', '/stream')).toEqual({ status: 200, body: 'ab', headers: {} });
  });

  it('turn failures into answers with their sentence', async () => {
    expect(await ask('GET', '/gone')).toEqual({
      status: 404,
      body: '{"reason":"NotFound","message":"there is no such thing"}',
      headers: json,
    });
    expect(await ask('GET', '/busy')).toEqual({
      status: 503,
      body: '{"reason":"TemporaryFailure","message":"the store is away"}',
      headers: { ...json, 'retry-after': '2' },
    });
  });

  it('tell a wrong method from a wrong path', async () => {
    expect(await ask('DELETE', '/gone')).toMatchObject({ status: 405, headers: { allow: 'GET' } });
    expect(await ask('GET', '/nowhere')).toMatchObject({ status: 404 });
  });
});
