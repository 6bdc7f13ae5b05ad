import { createSecureServer, type Http2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, type Log, messageOf } from '@keelson/std';
import { Discovery } from '../discovery/discovery.js';
import type { Engine } from '../engine/engine.js';
import { OpenApi } from '../openapi/open-api.js';
import type { PodLog, ServerContext, ServiceProxy } from './context.js';
import type { Incoming, Outgoing } from './exchange.js';
import { handle } from './handle.js';

export interface ServeOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly tls: {
    readonly cert: string;
    readonly key: string;
    /** PEM of the authorities whose client certificates are believed. */
    readonly clientCa?: string;
  };
  readonly clock: Clock;
  readonly log: Log;
  /** What /version says; `v1.33.0+embedded` when absent. */
  readonly gitVersion?: string;
  /** `iss` of the tokens of service accounts, as the engine was told; `https://kubernetes.default.svc` when absent. */
  readonly issuer?: string;
  /** Allows addresses that other machines can reach. */
  readonly allowRemote?: boolean;
  /** Text of the logs of pods; none when absent. */
  readonly podLog?: PodLog;
  /** Who answers behind Services; nobody when absent. */
  readonly serviceProxy?: ServiceProxy;
}

export interface ServedApi {
  readonly port: number;
  /** How many requests were answered 406 or 415 so far. */
  refusedMediaTypes(): number;
  /** Ends watches, lets what is being answered finish for a moment, and closes. May be called again. The engine stays open. */
  close(): Promise<void>;
}

const embeddedVersion = 'v1.33.0+embedded';
const graceMs = 2000;

/**
 * Serves an engine over TLS, with HTTP/2 and HTTP/1.1 on one port.
 *
 * @throws RangeError when the address is no loopback address and that is not allowed
 */
export async function serveEngine(engine: Engine, options: ServeOptions): Promise<ServedApi> {
  requireLoopback(options);
  const { clock, log } = options;
  const context = contextOf(engine, options);
  const server = createSecureServer({ ...tlsOptions(options.tls), ...protocolOptions });
  const connections = new Connections();
  server.on('session', (session) => connections.addSession(session));
  server.on('secureConnection', (socket) => connections.addSocket(socket));
  for (const event of ['sessionError', 'tlsClientError'] as const)
    server.on(event, (error: Error) => log.debug('a connection failed', { error: messageOf(error) }));
  server.on(
    'request',
    (incoming: Incoming, outgoing: Outgoing) => void connections.during(handle(context, incoming, outgoing)),
  );
  const end = async (): Promise<void> => {
    for (const watch of context.watches) watch.end();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await connections.idleWithin(clock, graceMs);
    connections.destroy();
    await closed;
  };
  let closing: Promise<void> | undefined;
  const port = await listen(server, options);
  return {
    port,
    refusedMediaTypes: () => context.refused.mediaTypes,
    close: () => (closing ??= end()),
  };
}

function contextOf(engine: Engine, options: ServeOptions): ServerContext {
  const { gitVersion = embeddedVersion, issuer = 'https://kubernetes.default.svc', clock, log } = options;
  const { podLog, serviceProxy } = options;
  const { kinds } = engine.registry;
  return {
    engine,
    log,
    gitVersion,
    issuer,
    podLog,
    serviceProxy,
    discovery: new Discovery(kinds),
    openApi: new OpenApi(kinds, gitVersion),
    watches: new Set(),
    refused: { mediaTypes: 0 },
    now: () => clock.now(),
  };
}

function requireLoopback({ host, allowRemote }: ServeOptions): void {
  if (allowRemote === true || /^(localhost|::1|127(\.\d{1,3}){3})$/.test(host)) return;
  throw new RangeError(
    `the embedded API binds loopback addresses only, not ${JSON.stringify(host)}, unless remote access is allowed explicitly: it is not made for production`,
  );
}

function tlsOptions({ cert, key, clientCa }: ServeOptions['tls']): Record<string, unknown> {
  return {
    cert,
    key,
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
  };
}

/**
 * One connection carries all watches of a client, each with its own window. Node.js's server of HTTP/2, unlike that of
 * HTTPS, must be told to send small pieces at once on connections of HTTP/1.1: an event would wait for the client to
 * acknowledge the one before it.
 */
const protocolOptions = {
  allowHTTP1: true,
  noDelay: true,
  minVersion: 'TLSv1.2',
  maxSessionMemory: 512,
  settings: { maxConcurrentStreams: 2000, initialWindowSize: 1024 * 1024 },
} as const;

async function listen(server: ReturnType<typeof createSecureServer>, { host, port }: ServeOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** What has to end before the server has. */
class Connections {
  readonly #sessions = new Set<Http2Session>();
  readonly #sockets = new Set<Socket>();
  #running = 0;
  #onIdle: (() => void) | undefined;

  addSession(session: Http2Session): void {
    this.#sessions.add(session);
    session.on('close', () => this.#sessions.delete(session));
    session.on('error', () => session.destroy());
  }

  addSocket(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  async during(work: Promise<void>): Promise<void> {
    this.#running += 1;
    try {
      await work;
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#onIdle?.();
    }
  }

  /** Resolves when nothing is being answered, or when the time is over. */
  idleWithin(clock: Clock, ms: number): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.schedule(ms, resolve);
      this.#onIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  destroy(): void {
    for (const session of this.#sessions) session.close();
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}
