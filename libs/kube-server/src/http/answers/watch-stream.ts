import type { Registry, Call } from '../../registry/context.js';
import { watchObjects, type WatchEvent } from '../../registry/watch.js';
import { ApiError } from '../../status/status.js';
import type { Watching } from '../../watch/hub.js';
import { abort, drained, type Exchange, type Outgoing } from '../exchange.js';
import { standardHeaders } from './reply.js';
import type { Representation } from './representation.js';

/** Characters that may wait for a slow client behind what the watch began with. */
const maxWaiting = 8 * 1024 * 1024;
/** Events that may join what the watch began with before that is sent. */
const maxBehind = 2000;

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
  const lines = new Lines(exchange, (event) => lineOf(event, representation));
  let watching: Watching | undefined;
  const entry = { end: () => stop() };
  const stop = (): void => {
    open.delete(entry);
    watching?.close();
    lines.end();
  };
  try {
    watching = watchObjects(registry, call, {
      event: (event) => lines.event(event),
      end: stop,
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 410) throw error;
    lines.event({ type: 'ERROR', object: error.status });
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

const partCharacters = 64 * 1024;

/**
 * Gathers the lines of one turn and writes them at once, behind the answers of that turn: whoever waits for its write does
 * not wait for all that watch it. What the watch began with is written as the client takes it.
 */
class Lines {
  readonly #exchange: Exchange;
  readonly #outgoing: Outgoing;
  readonly #lineOf: (event: WatchEvent) => string;
  #initial: WatchEvent[] = [];
  #sent = 0;
  #limit = maxBehind;
  #pending: string[] = [];
  #waiting = 0;
  #onOverflow: (() => void) | undefined;
  #isScheduled = false;
  #isBlocked = false;
  #isEnding = false;
  isEnded = false;

  constructor(exchange: Exchange, lineOf: (event: WatchEvent) => string) {
    this.#exchange = exchange;
    this.#outgoing = exchange.outgoing;
    this.#lineOf = lineOf;
  }

  /** The initial part is complete: send it, and bound what may wait behind it. */
  begin(onOverflow: () => void): void {
    this.#onOverflow = onOverflow;
    this.#flush();
  }

  event(event: WatchEvent): void {
    if (this.isEnded || this.#isEnding) return;
    if (this.#onOverflow === undefined || this.#sent < this.#initial.length) return this.#join(event);
    const line = this.#lineOf(event);
    this.#pending.push(line);
    this.#waiting += line.length;
    if (this.#waiting > maxWaiting) return this.#overflow();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => this.#flush());
  }

  /** Written in the order of events, and only then: the first line of a table is not like the others. */
  #join(event: WatchEvent): void {
    this.#initial.push(event);
    if (this.#onOverflow === undefined) this.#limit += 1;
    else if (this.#initial.length > this.#limit) this.#overflow();
  }

  /** Ends behind what is waiting. */
  end(): void {
    if (this.isEnded) return;
    this.#isEnding = true;
    this.#flush();
  }

  #flush(): void {
    this.#isScheduled = false;
    if (this.isEnded || this.#isBlocked) return;
    this.#begin();
    while (this.#sent < this.#initial.length) if (!this.#write(this.#nextOfInitial())) return this.#resume();
    this.#initial = [];
    this.#sent = 0;
    const { length } = this.#pending;
    const isThrough = length === 0 || this.#write(this.#pending.join(''));
    this.#pending = [];
    this.#waiting = 0;
    if (this.#isEnding) {
      this.isEnded = true;
      this.#outgoing.end();
    } else if (!isThrough) this.#resume();
  }

  #begin(): void {
    if (this.#outgoing.headersSent) return;
    this.#outgoing.writeHead(200, { ...standardHeaders(this.#exchange), 'content-type': 'application/json' });
    this.#outgoing.flushHeaders();
  }

  #write(text: string): boolean {
    return this.#outgoing.write(text);
  }

  #nextOfInitial(): string {
    let part = '';
    while (part.length < partCharacters && this.#sent < this.#initial.length) {
      part += this.#lineOf(this.#initial[this.#sent] as WatchEvent);
      this.#sent += 1;
    }
    return part;
  }

  #resume(): void {
    this.#isBlocked = true;
    void drained(this.#outgoing).then((takesMore) => {
      this.#isBlocked = false;
      if (takesMore) this.#flush();
      else this.isEnded = true;
    });
  }

  #overflow(): void {
    this.isEnded = true;
    abort(this.#outgoing);
    this.#onOverflow?.();
  }
}
