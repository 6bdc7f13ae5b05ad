import type { Registry, Call } from '../registry/context.js';
import { watchObjects, type WatchEvent } from '../registry/watch.js';
import { ApiError } from '../status/status.js';
import type { Watching } from '../watch/hub.js';
import { abort, type Exchange, type Outgoing } from './exchange.js';
import { standardHeaders } from './reply.js';
import type { Representation } from './representation.js';

/** Bytes that may wait for a slow client beyond what the watch began with. */
const maxWaitingBytes = 8 * 1024 * 1024;

/** Watches that are open, so that the server can end them. */
export type OpenWatches = Set<{ end(): void }>;

/**
 * Answers with a stream of events, one JSON object a line. A client that does not keep up has its stream closed and lists
 * again; nobody waits for it.
 *
 * @throws ApiError when the options are wrong; one that says the version is too old comes as an event instead
 */
export function streamWatch(
  registry: Registry,
  call: Call,
  exchange: Exchange,
  representation: Representation,
  open: OpenWatches,
): void {
  const lines = new Lines(exchange);
  let watching: Watching | undefined;
  const entry = { end: () => stop() };
  const stop = (): void => {
    open.delete(entry);
    watching?.close();
    lines.end();
  };
  try {
    watching = watchObjects(registry, call, {
      event: (event) => lines.write(lineOf(event, representation)),
      end: stop,
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 410) throw error;
    lines.write(lineOf({ type: 'ERROR', object: error.status }, representation));
    return lines.end();
  }
  if (lines.isEnded) return watching.close();
  exchange.incoming.setTimeout(0);
  lines.begin(stop);
  open.add(entry);
  exchange.outgoing.on('close', stop);
}

function lineOf(event: WatchEvent, representation: Representation): string {
  const object = event.type === 'ERROR' ? JSON.stringify(event.object) : representation.event(event);
  return `{"type":"${event.type}","object":${object}}\n`;
}

/** Gathers the lines of one turn and writes them at once. */
class Lines {
  readonly #exchange: Exchange;
  readonly #outgoing: Outgoing;
  #pending: string[] = [];
  #onOverflow: (() => void) | undefined;
  #allowance = maxWaitingBytes;
  #isScheduled = false;
  isEnded = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#outgoing = exchange.outgoing;
  }

  /** The initial part is complete: send it, and bound what may wait behind it. */
  begin(onOverflow: () => void): void {
    this.#flush();
    this.#allowance = this.#outgoing.writableLength + maxWaitingBytes;
    this.#onOverflow = onOverflow;
  }

  write(line: string): void {
    if (this.isEnded) return;
    this.#pending.push(line);
    if (this.#onOverflow === undefined || this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#flush());
  }

  end(): void {
    if (this.isEnded) return;
    this.#flush();
    this.isEnded = true;
    this.#outgoing.end();
  }

  #flush(): void {
    this.#isScheduled = false;
    if (this.isEnded) return;
    if (!this.#outgoing.headersSent) {
      this.#outgoing.writeHead(200, { ...standardHeaders(this.#exchange), 'content-type': 'application/json' });
      this.#outgoing.flushHeaders();
    }
    if (this.#pending.length === 0) return;
    this.#outgoing.write(this.#pending.join(''));
    this.#pending = [];
    if (this.#onOverflow === undefined || this.#outgoing.writableLength <= this.#allowance) return;
    this.isEnded = true;
    abort(this.#outgoing);
    this.#onOverflow();
  }
}
