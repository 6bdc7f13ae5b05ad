import type { Http } from '@keelson/std';

/** A cloud's APIs for tests, reached over HTTP: each answers whoever asks, and no process of theirs is down. */
export const wellCloud: Http = ({ method, url }) => {
  const isToken = method === 'POST' && url.endsWith('/auth/tokens');
  return Promise.resolve({
    status: isToken ? 201 : 200,
    headers: isToken ? { 'x-subject-token': 'a-token' } : {},
    body: Buffer.from(JSON.stringify(isToken ? { token: { catalog } } : { services: [] })),
  });
};

const catalog = ['identity', 'image', 'compute'].map((type) => ({
  type,
  endpoints: [{ interface: 'internal', url: `http://${type}.test` }],
}));
