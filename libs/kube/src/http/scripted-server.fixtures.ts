import { createSecureServer } from 'node:http2';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createAuthority, issueCertificate, systemClock } from '@keelson/std';

/** HTTP/2 comes in the shape of HTTP/1.1 too. */
export type Script = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface ScriptedServer {
  readonly url: string;
  readonly certificateAuthority: string;
  /** Connections so far. */
  connections(): number;
  play(script: Script): void;
  close(): Promise<void>;
}

const life = { notBefore: systemClock.now() - 3_600_000, days: 2 };
const authority = createAuthority({ commonName: 'scripted', ...life });
const certificate = issueCertificate(authority, {
  commonName: 'scripted',
  ipAddresses: ['127.0.0.1'],
  usages: ['server'],
  ...life,
});

/** A TLS server that answers as a script says, in one protocol or the other. */
export async function scriptedServer(
  protocol: 'HTTP/2' | 'HTTP/1.1',
  maxConcurrentStreams = 100,
): Promise<ScriptedServer> {
  let script: Script = (_request, response) => void response.end('{}');
  const sockets = new Set<Socket>();
  let connections = 0;
  const tls = { cert: certificate.certPem, key: certificate.keyPem };
  const server =
    protocol === 'HTTP/2' ? createSecureServer({ ...tls, settings: { maxConcurrentStreams } }) : createServer(tls);
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  (server as Server).on('request', (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => script(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    certificateAuthority: authority.certPem,
    connections: () => connections,
    play: (next) => void (script = next),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
