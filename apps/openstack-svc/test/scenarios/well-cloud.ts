import type { Http, HttpResponse } from '@keelson/std';

/** A cloud's APIs for tests, reached over HTTP: each answers whoever asks, and no process of theirs is down. */
export const wellCloud: Http = ({ method, url }) => {
  const isToken = method === 'POST' && url.endsWith('/auth/tokens');
  return Promise.resolve(
    isToken
      ? answer(201, { token: { catalog } }, { 'x-subject-token': 'a-token' })
      : answer(200, { services: [], endpoints: [] }),
  );
};

const answer = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status,
  headers,
  body: Buffer.from(JSON.stringify(body)),
});

const catalog = ['identity', 'image', 'compute'].map((type) => ({
  type,
  endpoints: [{ interface: 'internal', url: `http://${type}.test` }],
}));
