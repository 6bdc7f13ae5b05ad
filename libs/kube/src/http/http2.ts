import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  sensitiveHeaders,
} from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Trust } from './access.js';
import { http1Transport, tlsOptions } from './http1.js';
import type { Exchange, Reply, Transport } from './transport.js';

/** Backstop on the machine's own time, as all that is about the connection itself. */
const connectTimeoutMs = 15_000;

/** A connection with requests on it that was silent for this long is asked for a sign of life, and given up after as long again. */
const silenceMs = 30_000;

/** Requests at once on one connection, watches included, whatever more the server allows: one loss must not take all. */
const streamsAtMost = 250;

const windowBytes = 1_048_576;

/**
 * HTTP/2 over as few connections as the server's limit of streams allows: hundreds of watches share one. A server that
 * does not speak it is talked to in HTTP/1.1.
 */
export function http2Transport(origin: string, trust: Trust): Transport {
  return new Http2Transport(origin, trust);
}

class Http2Transport implements Transport {
  readonly #origin: string;
  readonly #trust: Trust;
  readonly #links = new Set<Link>();
  #connecting: Promise<Link | undefined> | undefined;
  /** Set once the server has chosen HTTP/1.1. */
  #http1: Transport | undefined;

  constructor(origin: string, trust: Trust) {
    this.#origin = origin;
    this.#trust = trust;
  }

  async send(exchange: Exchange): Promise<Reply> {
    for (;;) {
      if (this.#http1 !== undefined) return this.#http1.send(exchange);
      const link = this.#withRoom();
      if (link !== undefined) return link.send(exchange);
      this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
      await unlessAborted(this.#connecting, exchange.signal);
    }
  }

  #withRoom(): Link | undefined {
    for (const link of this.#links) if (link.hasRoom) return link;
    return undefined;
  }

  async #connect(): Promise<Link | undefined> {
    const socket = await tlsSocket(this.#origin, this.#trust);
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      this.#http1 = http1Transport(this.#origin, this.#trust);
      return undefined;
    }
    const link = new Link(await sessionOver(this.#origin, socket), (dead) => this.#links.delete(dead));
    this.#links.add(link);
    return link;
  }
}

/** One connection and what runs on it. */
class Link {
  readonly #session: ClientHttp2Session;
  #streams = 0;
  #isAsked = false;

  constructor(session: ClientHttp2Session, onClose: (link: Link) => void) {
    this.#session = session;
    session.once('close', () => onClose(this));
    session.on('goaway', () => onClose(this));
    session.setTimeout(silenceMs);
    session.on('timeout', () => this.#onSilence());
    session.unref();
  }

  get hasRoom(): boolean {
    const { closed, destroyed, remoteSettings } = this.#session;
    return (
      !closed &&
      !destroyed &&
      this.#streams < Math.min(streamsAtMost, remoteSettings.maxConcurrentStreams ?? streamsAtMost)
    );
  }

  send({ method, path, headers, body, signal }: Exchange): Promise<Reply> {
    signal.throwIfAborted();
    const stream = this.#session.request(
      { ':method': method, ':path': path, ...headers, [sensitiveHeaders]: ['authorization'] },
      { endStream: body === undefined },
    );
    this.#count(stream);
    const onAbort = (): void => {
      stream.close(constants.NGHTTP2_CANCEL);
      stream.destroy(signal.reason instanceof Error ? signal.reason : new Error('called off'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    stream.once('close', () => signal.removeEventListener('abort', onAbort));
    if (body !== undefined) stream.end(body);
    return replyOf(stream);
  }

  /** The process may end while nothing is asked. */
  #count(stream: ClientHttp2Stream): void {
    if (this.#streams === 0) this.#session.ref();
    this.#streams += 1;
    stream.once('close', () => {
      this.#streams -= 1;
      if (this.#streams === 0 && !this.#session.destroyed) this.#session.unref();
    });
  }

  #onSilence(): void {
    if (this.#streams === 0 || this.#session.destroyed) return;
    if (this.#isAsked) {
      this.#session.destroy(new Error('the connection is dead: no answer to a ping'));
      return;
    }
    this.#isAsked = true;
    this.#session.ping(() => (this.#isAsked = false));
    this.#session.setTimeout(silenceMs);
  }
}

/** Resolves with the head of the answer. */
function replyOf(stream: ClientHttp2Stream): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let cause: Error | undefined;
    stream.on('error', (error: Error) => (cause = error));
    stream.once('close', () =>
      reject(cause ?? new Error(`the server closed the stream without an answer (code ${stream.rstCode})`)),
    );
    stream.once('response', (headers) =>
      resolve({ status: headers[':status'] ?? 0, headers: flat(headers), body: bodyOf(stream) }),
    );
  });
}

/** A stream that the server gave up is no whole body, even when nothing calls it an error. */
async function* bodyOf(stream: ClientHttp2Stream): AsyncGenerator<Uint8Array> {
  yield* stream as AsyncIterable<Uint8Array>;
  if (stream.rstCode !== constants.NGHTTP2_NO_ERROR)
    throw new Error(`the server gave up in the middle of its answer (code ${stream.rstCode})`);
}

function flat(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): Record<string, string> {
  const pairs = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value ?? '')]),
  );
}

function tlsSocket(origin: string, trust: Trust): Promise<TLSSocket> {
  const { hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host,
      port: Number(port || 443),
      ALPNProtocols: ['h2', 'http/1.1'],
      ...serverName(host),
      ...tlsOptions(trust),
    });
    const onTimeout = (): void => void socket.destroy(new Error(`no connection within ${connectTimeoutMs / 1000} s`));
    socket.setTimeout(connectTimeoutMs, onTimeout);
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.setTimeout(0, onTimeout);
      socket.removeListener('error', reject);
      resolve(socket);
    });
  });
}

/** The name is sent for names only, never for addresses (RFC 6066). */
function serverName(host: string): { servername?: string } {
  return /^[\d.]+$|:/.test(host) ? {} : { servername: host };
}

/** A session whose server has said how many streams it allows. */
function sessionOver(origin: string, socket: TLSSocket): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: windowBytes },
    });
    const onTimeout = (): void => session.destroy(new Error('the server did not begin to speak HTTP/2'));
    session.setTimeout(connectTimeoutMs, onTimeout);
    // Streams tell their own users; a session's error has no other listener.
    session.on('error', reject);
    session.once('close', () => reject(new Error('the server closed the connection')));
    session.once('remoteSettings', () => {
      session.removeListener('timeout', onTimeout);
      session.setLocalWindowSize(4 * windowBytes);
      resolve(session);
    });
  });
}

function unlessAborted<A>(work: Promise<A>, signal: AbortSignal): Promise<A> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('called off'));
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
