import { Agent, type Dispatcher, ProxyAgent, request as send } from 'undici';
import { transient } from './errors.js';
import type { Http, HttpRequest } from './http.js';

const agents = new Map<string, Dispatcher>();

/**
 * HTTP over undici with kept-alive connections, one pool per way of reaching and trusting the server.
 *
 * @throws Failure transient, reason `Timeout` or `Unreachable`, when no whole answer came
 */
export const systemHttp: Http = async (request) => {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  try {
    const response = await send(request.url, {
      method: request.method,
      headers: { ...request.headers },
      body: request.body ?? null,
      dispatcher: agentFor(request),
      signal,
    });
    const body = new Uint8Array(await response.body.arrayBuffer());
    const headers = Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    );
    return { status: response.statusCode, headers, body };
  } catch (cause) {
    const { origin } = new URL(request.url);
    if (deadline.aborted) {
      throw transient(`${request.method} ${origin}: no answer within ${request.timeoutMs} ms`, {
        cause,
        reason: 'Timeout',
      });
    }
    throw transient(`${request.method} ${origin}: ${causeText(cause)}`, { cause, reason: 'Unreachable' });
  }
};

function agentFor({ tls, proxy }: HttpRequest): Dispatcher {
  const verify = tls?.verify ?? true;
  const key = `${verify}|${proxy ?? ''}|${tls?.ca ?? ''}`;
  const known = agents.get(key);
  if (known !== undefined) return known;
  const trust = { rejectUnauthorized: verify, ...(tls?.ca === undefined ? {} : { ca: tls.ca }) };
  const keepAliveTimeout = 30_000;
  const agent =
    proxy === undefined
      ? new Agent({ connect: trust, keepAliveTimeout })
      : new ProxyAgent({ uri: proxy, requestTls: trust, proxyTunnel: true, keepAliveTimeout });
  agents.set(key, agent);
  return agent;
}

function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = (cause as NodeJS.ErrnoException).code;
  return code === undefined ? cause.message : `${code} ${cause.message}`.trim();
}
