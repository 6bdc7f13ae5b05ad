import { methodNotAllowed } from '../status/status.js';
import { type Answer, jsonAnswer, pageNotFound, textAnswer } from './answers/answer.js';
import type { ServerContext } from './context.js';
import { type Exchange, headerOf } from './exchange.js';

/** Paths that need no credentials. */
const open: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);

export function isOpenPath(path: string): boolean {
  return open.has(path) || /^\/(livez|readyz|healthz)\//.test(path);
}

/** Answers a request outside /api and /apis. */
export function answerPath(context: ServerContext, exchange: Exchange): Answer {
  const { path, method } = exchange;
  const answer = find(context, exchange, path);
  if (answer === undefined) return pageNotFound();
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed();
  return answer;
}

function find(context: ServerContext, exchange: Exchange, path: string): Answer | undefined {
  if (path === '/openapi/v2') return context.openApi.v2(headerOf(exchange.incoming, 'accept'));
  if (path === '/openapi/v3' || path.startsWith('/openapi/v3/')) return context.openApi.v3(path);
  if (/^\/(livez|readyz|healthz)(\/|$)/.test(path)) return health(context);
  switch (path) {
    case '/':
      return jsonAnswer(200, { paths: rootPaths(context) });
    case '/version':
    case '/version/':
      return jsonAnswer(200, version(context.gitVersion));
    case '/openid/v1/jwks':
      return { ...jsonAnswer(200, context.engine.jwks()), type: 'application/jwk-set+json' };
    case '/.well-known/openid-configuration':
      return jsonAnswer(200, openIdConfiguration(context, exchange));
    default:
      return undefined;
  }
}

function health({ engine }: ServerContext): Answer {
  return engine.registry.store.isReady ? textAnswer(200, 'ok') : textAnswer(500, 'the storage is not ready\n');
}

function rootPaths({ engine }: ServerContext): string[] {
  const groups = engine.registry.kinds.groups().filter(({ group }) => group !== '');
  const served = groups.flatMap(({ group, versions }) => [
    `/apis/${group}`,
    ...versions.map((one) => `/apis/${group}/${one}`),
  ]);
  return [
    '/.well-known/openid-configuration',
    '/api',
    '/api/v1',
    '/apis',
    ...served,
    '/healthz',
    '/livez',
    '/openapi/v2',
    '/openapi/v3',
    '/openid/v1/jwks',
    '/readyz',
    '/version',
  ];
}

/** What the server is: the platform says honestly that no Go is in it. */
function version(gitVersion: string): Record<string, string> {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'none',
    compiler: 'none',
    platform: `${process.platform}/node-${process.versions.node}`,
  };
}

function openIdConfiguration({ engine, issuer }: ServerContext, { incoming }: Exchange): Record<string, unknown> {
  const host = headerOf(incoming, ':authority') ?? headerOf(incoming, 'host') ?? 'localhost';
  const algorithms = (Array.isArray(engine.jwks().keys) ? (engine.jwks().keys as { alg?: string }[]) : []).map(
    (key) => key.alg ?? '',
  );
  return {
    issuer,
    jwks_uri: `https://${host}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(algorithms)],
  };
}
