import { Pool } from 'undici';
import type { Trust } from './access.js';
import type { Exchange, Reply, Transport } from './transport.js';

/** Backstops on the machine's own time; the deadlines that count are on the caller's clock. */
const connectTimeoutMs = 15_000;
const silenceMs = 600_000;

/** HTTP/1.1 with kept-alive connections: a watch has a connection of its own. */
export function http1Transport(origin: string, trust: Trust): Transport {
  const pool = new Pool(origin, {
    connections: null,
    keepAliveTimeout: 30_000,
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    connect: { ...tlsOptions(trust), timeout: connectTimeoutMs },
  });
  return {
    async send(exchange: Exchange): Promise<Reply> {
      const { statusCode, headers, body } = await pool.request({
        method: exchange.method,
        path: exchange.path,
        headers: { ...exchange.headers },
        body: exchange.body ?? null,
        signal: exchange.signal,
      });
      return { status: statusCode, headers: flat(headers), body };
    },
  };
}

/** Trust in the words of node:tls. */
export function tlsOptions(trust: Trust): {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  rejectUnauthorized: boolean;
} {
  return {
    rejectUnauthorized: trust.isInsecure !== true,
    ...(trust.certificateAuthority === undefined ? {} : { ca: trust.certificateAuthority }),
    ...(trust.clientCertificate === undefined ? {} : { cert: trust.clientCertificate }),
    ...(trust.clientKey === undefined ? {} : { key: trust.clientKey }),
    ...(trust.serverName === undefined ? {} : { servername: trust.serverName }),
  };
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}
