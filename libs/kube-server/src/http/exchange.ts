import type { IncomingMessage } from 'node:http';
import { constants, type Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { User } from '../registry/context.js';
import type { Query } from '../registry/options.js';
import { ApiError, badRequest } from '../status/status.js';

export type Incoming = IncomingMessage | Http2ServerRequest;

/** What the responses of HTTP/1.1 and HTTP/2 have in common. */
export interface Outgoing {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly writableLength: number;
  /** Of HTTP/1.1 only. */
  readonly destroyed?: boolean;
  writeHead(status: number, headers: Record<string, string | number | string[]>): unknown;
  flushHeaders(): void;
  write(chunk: string | Uint8Array): boolean;
  end(chunk?: string | Uint8Array): unknown;
  on(event: 'close' | 'drain', run: () => void): unknown;
  off(event: 'close' | 'drain', run: () => void): unknown;
  destroy(error?: Error): unknown;
}

/** One request on its way. */
export interface Exchange {
  readonly method: string;
  /** Without the query, percent escapes as they came. */
  readonly path: string;
  readonly query: Query;
  readonly user: User;
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly auditId: string;
  /** Sent as Warning headers. */
  readonly warnings: string[];
}

/** A header of which only one value makes sense. */
export function headerOf(incoming: Incoming, name: string): string | undefined {
  const value = incoming.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Splits a request's target. Of repeated parameters the first counts. */
export function targetOf(url: string): { path: string; query: Query } {
  const at = url.indexOf('?');
  if (at < 0) return { path: url, query: {} };
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(url.slice(at + 1))) query[name] ??= value;
  return { path: url.slice(0, at), query };
}

/** Bytes of a body; a real API server takes as much. */
export const maxBodyBytes = 3 * 1024 * 1024;

/**
 * Reads a request's body.
 *
 * @throws ApiError 413 when it is larger than 3 MiB, 400 when the client breaks off
 */
export function readBody(incoming: Incoming): Promise<Buffer> {
  if (Number(headerOf(incoming, 'content-length') ?? 0) > maxBodyBytes) {
    incoming.resume();
    return Promise.reject(tooLarge());
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBodyBytes) chunks.push(chunk);
      else reject(tooLarge());
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks)));
    incoming.on('error', (error: Error) =>
      reject(badRequest(`the body of the request could not be read: ${error.message}`)),
    );
    incoming.on('aborted', () => reject(badRequest('the request was aborted')));
  });
}

function tooLarge(): ApiError {
  return new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`);
}

/** Resolves when the stream takes more; false when it was closed instead. */
export function drained(outgoing: Outgoing): Promise<boolean> {
  if (isClosed(outgoing)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const done = (takesMore: boolean): void => {
      outgoing.off('drain', onDrain);
      outgoing.off('close', onClose);
      resolve(takesMore);
    };
    const onDrain = (): void => done(true);
    const onClose = (): void => done(false);
    outgoing.on('drain', onDrain);
    outgoing.on('close', onClose);
  });
}

function isClosed(outgoing: Outgoing): boolean {
  return outgoing instanceof Http2ServerResponse ? outgoing.stream.destroyed : outgoing.destroyed === true;
}

/** Breaks a stream off, so that its client does not take it for complete. */
export function abort(outgoing: Outgoing): void {
  if (outgoing instanceof Http2ServerResponse) outgoing.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  else outgoing.destroy();
}
