import {
  type IncomingMessage,
  type Server as PlainServer,
  type ServerResponse,
  createServer as createPlain,
} from 'node:http';
import { type Server as TlsServer, createServer as createTls } from 'node:https';
import { type Socket } from 'node:net';
import type { HttpResponse, KeyAndCertificate } from '@keelson/std';

/** A request as the handlers of the lab see it. */
export interface PlainRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Answers a request; undefined breaks the connection. */
export type Handler = (request: PlainRequest) => Promise<HttpResponse | undefined>;

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Plain HTTP when absent. */
  readonly certificate?: KeyAndCertificate;
  readonly handler: Handler;
}

/** What a BMC or a control call may send at most. */
const mostBytes = 1_048_576;

/** Serves a handler on a socket. Rejects when the address is taken. */
export function listen(options: ListenOptions): Promise<Listener> {
  const { certificate } = options;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
    void serve(options.handler, request, response);
  const server =
    certificate === undefined
      ? createPlain(onRequest)
      : createTls({ key: certificate.keyPem, cert: certificate.certPem }, onRequest);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () =>
      resolve({ port: portOf(server, options.port), close: () => close(server, sockets) }),
    );
  });
}

async function serve(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await bodyOf(request);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    );
    const answer = await handler({ method: request.method ?? 'GET', path: request.url ?? '/', headers, body });
    if (answer === undefined) return void request.socket.destroy();
    response.writeHead(answer.status, { ...answer.headers });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  } catch {
    // A handler answers its own failures; what is left is a client that went away or sent too much.
    request.socket.destroy();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > mostBytes) throw new RangeError('the body is too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function portOf(server: PlainServer | TlsServer, wanted: number): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : wanted;
}

function close(server: PlainServer | TlsServer, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}
