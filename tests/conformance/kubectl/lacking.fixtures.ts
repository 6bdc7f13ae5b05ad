import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { Agent, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { createAuthority, issueCertificate } from '@keelson/std';
import type { ServedEngine } from '../../../libs/kube-server/src/http/served.fixtures.js';

/** What older or smaller servers do not have. */
export type Lacking = 'aggregated discovery' | 'aggregated discovery v2' | 'OpenAPI v3';

type Asked = IncomingMessage | Http2ServerRequest;
type Answered = ServerResponse | Http2ServerResponse;

export interface LackingProxy {
  /** Path of a kubeconfig that leads to it. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

/** A server before the real one that hides one of its features. Everyone who reaches it is the administrator. */
export async function lackingProxy(server: ServedEngine, lacks: Lacking): Promise<LackingProxy> {
  const notBefore = Date.now() - 60_000;
  const authority = createAuthority({ commonName: 'lacking', notBefore, days: 1 });
  const own = issueCertificate(authority, {
    commonName: 'lacking',
    notBefore,
    days: 1,
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  });
  const { certPem: cert, keyPem: key } = server.admin;
  const agent = new Agent({ cert, key, ca: server.authority, keepAlive: true });
  const proxy = createSecureServer(
    { cert: own.certPem, key: own.keyPem, allowHTTP1: true },
    (asked: Asked, answered: Answered) => {
      if (lacks === 'OpenAPI v3' && asked.url?.startsWith('/openapi/v3') === true) {
        answered.statusCode = 404;
        answered.end('404 page not found\n');
      } else pass(asked, answered, { agent, port: server.port, lacks });
    },
  );
  const open = new Set<Socket>();
  proxy.on('secureConnection', (socket) => open.add(socket));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const kubeconfig = join(server.directory, 'lacking.kubeconfig');
  writeFileSync(kubeconfig, kubeconfigText(port, authority.certPem));
  return {
    kubeconfig,
    async close() {
      agent.destroy();
      await new Promise<void>((resolve) => {
        proxy.close(() => resolve());
        for (const connection of open) connection.destroy();
      });
    },
  };
}

interface Way {
  readonly agent: Agent;
  readonly port: number;
  readonly lacks: Lacking;
}

function pass(asked: Asked, answered: Answered, { agent, port, lacks }: Way): void {
  const headers = Object.fromEntries(
    Object.entries(asked.headers).filter(
      ([name]) => !name.startsWith(':') && name !== 'authorization' && !hopByHop.has(name),
    ),
  );
  const accept = acceptable(asked.url ?? '', headers.accept, lacks);
  const sent = request(
    { agent, host: '127.0.0.1', port, path: asked.url, method: asked.method, headers: { ...headers, accept } },
    (received) => {
      const given = Object.entries(received.headers).filter(([name]) => !hopByHop.has(name));
      answered.writeHead(received.statusCode ?? 502, Object.fromEntries(given));
      received.pipe(answered);
    },
  );
  sent.on('error', () => answered.destroy());
  answered.on('close', () => sent.destroy());
  asked.pipe(sent);
}

const hopByHop: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host']);

const hidden: Readonly<Record<Lacking, RegExp | undefined>> = {
  'aggregated discovery': /as=APIGroupDiscoveryList/,
  'aggregated discovery v2': /;v=v2;/,
  'OpenAPI v3': undefined,
};

/** The media types of a request without those that the server is to lack. */
function acceptable(url: string, accept: string | string[] | undefined, lacks: Lacking): string {
  const wanted = String(accept ?? '*/*');
  if (!/^\/apis?(\?|$)/.test(url)) return wanted;
  const dropped = hidden[lacks];
  if (dropped === undefined) return wanted;
  const left = wanted.split(',').filter((type) => !dropped.test(type));
  return left.length === 0 ? 'application/json' : left.join(',');
}

function kubeconfigText(port: number, authority: string): string {
  const data = Buffer.from(authority, 'utf8').toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lacking',
    clusters: [
      { name: 'lacking', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': data } },
    ],
    users: [{ name: 'lacking', user: { token: 'anyone' } }],
    contexts: [{ name: 'lacking', context: { cluster: 'lacking', user: 'lacking' } }],
  });
}
