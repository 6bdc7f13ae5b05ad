import { type Http, type HttpRequest, type HttpResponse, terminal, transient } from '@keelson/std';
import type { HttpKubeOptions } from './options.js';
import { isStatus, Requests } from './requests.js';

/** A request to a Service, as the API server's proxy takes it. */
export interface ProxiedRequest {
  readonly scheme: 'http' | 'https';
  readonly namespace: string;
  readonly service: string;
  readonly port: string | undefined;
  readonly method: HttpRequest['method'];
  /** With the query; begins with a slash. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * HTTP to the Services of a cluster by the names that they have inside it, such as
 * `http://keystone-api.openstack.svc.cluster.local:5000/v3`, for whoever runs outside: requests go through the service proxy
 * of its API server (`/api/v1/namespaces/<namespace>/services/<scheme>:<name>:<port>/proxy`). The header
 * `authorization` does not arrive: it is the API server's.
 *
 * @throws Failure (from each request) transient `Unreachable` when there is no such Service or nobody ready behind it;
 *   terminal `Forbidden` when the API server lets us not, `NotInCluster` when the URL names no Service
 */
export function serviceHttp(options: HttpKubeOptions): Http {
  const requests = new Requests(options);
  return (request) =>
    throughProxy(request, ({ scheme, namespace, service, port, method, path, headers, body, timeoutMs, signal }) => {
      const name = `${scheme}:${service}:${port ?? ''}`;
      return requests.plain({
        what: `${method} ${request.url}`,
        method,
        path: `/api/v1/namespaces/${namespace}/services/${name}/proxy${path}`,
        headers,
        text: typeof body === 'string' ? body : Buffer.from(body).toString('utf8'),
        timeoutMs,
        signal,
      });
    });
}

/**
 * Answers a request to a name inside a cluster by a proxy, whose own refusals become failures.
 *
 * @throws Failure as `serviceHttp` says
 */
export async function throughProxy(
  request: HttpRequest,
  proxy: (request: ProxiedRequest) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const url = new URL(request.url);
  const [, service, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$/.exec(url.hostname) ?? [];
  if (service === undefined || namespace === undefined)
    throw terminal(`${url.origin} is no Service of a cluster`, { reason: 'NotInCluster' });
  const given = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const answer = await proxy({
    scheme: url.protocol === 'https:' ? 'https' : 'http',
    namespace,
    service,
    port: url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port,
    method: request.method,
    path: `${url.pathname}${url.search}`,
    headers: Object.fromEntries(given),
    body: request.body ?? '',
    timeoutMs: request.timeoutMs,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  const why = answer.status >= 400 ? refusalOf(answer) : undefined;
  if (why === undefined) return answer;
  const isForbidden = answer.status === 401 || answer.status === 403;
  throw isForbidden
    ? terminal(`${url.origin}: ${why}`, { reason: 'Forbidden' })
    : transient(`${url.origin}: ${why}`, { reason: 'Unreachable' });
}

/** What the API server itself says, which is no answer of the Service. */
function refusalOf({ body }: HttpResponse): string | undefined {
  try {
    const status: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return isStatus(status) && 'apiVersion' in status ? (status.message ?? 'the API server refused') : undefined;
  } catch {
    return undefined;
  }
}
