import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { acceptsGzip, type Answer, Document, encode } from './answer.js';
import { drained, type Exchange, headerOf } from '../exchange.js';

export type Headers = Record<string, string | number | string[]>;

/** Headers of every answer. */
export function standardHeaders(exchange: Pick<Exchange, 'auditId' | 'warnings'>): Headers {
  const headers: Headers = { 'audit-id': exchange.auditId, 'cache-control': 'no-cache, private' };
  const warnings = [...new Set(exchange.warnings)].slice(0, maxWarnings);
  if (warnings.length > 0) headers.warning = warnings.map((text) => `299 - ${quoted(text)}`);
  return headers;
}

const maxWarnings = 32;
const maxWarningLength = 1024;

/** RFC 9110 quoted-string; header values are plain ASCII without control characters. */
function quoted(text: string): string {
  return `"${text
    .slice(0, maxWarningLength)
    .replace(/[^\x20-\x7e]/g, '?')
    .replace(/["\\]/g, '\\$&')}"`;
}

/** Sends an answer; one whose ETag the client has already is not sent again. */
export async function reply(exchange: Exchange, answer: Answer): Promise<void> {
  const { incoming, outgoing } = exchange;
  if (outgoing.writableEnded) return;
  const headers = { ...standardHeaders(exchange), ...answer.headers };
  if (answer.body instanceof Document && headerOf(incoming, 'if-none-match') === answer.body.tag) {
    outgoing.writeHead(304, { ...headers, etag: answer.body.tag });
    outgoing.end();
    return;
  }
  if (isPieces(answer.body)) return replyInPieces(exchange, { ...headers, 'content-type': answer.type }, answer);
  const encoded = await encode(answer.body, headerOf(incoming, 'accept-encoding'));
  if (outgoing.writableEnded) return;
  const { body } = encoded;
  const vary = [answer.headers?.vary, encoded.headers.vary].filter((value) => value !== undefined).join(', ');
  outgoing.writeHead(answer.code, {
    ...headers,
    ...encoded.headers,
    ...(vary === '' ? {} : { vary }),
    ...(answer.type === '' ? {} : { 'content-type': answer.type }),
    'content-length': Buffer.byteLength(body),
  });
  if (exchange.method === 'HEAD') outgoing.end();
  else outgoing.end(body);
}

function isPieces(body: Answer['body']): body is Iterable<string> {
  return typeof body !== 'string' && !(body instanceof Document) && !(body instanceof Uint8Array);
}

const pieceCharacters = 64 * 1024;

/** Sends a long answer bit by bit, so that neither its making nor its sending holds others up. */
async function replyInPieces(exchange: Exchange, headers: Headers, { code, body }: Answer): Promise<void> {
  const { incoming, outgoing, method } = exchange;
  const isCompressed = acceptsGzip(headerOf(incoming, 'accept-encoding'));
  const encoding: Headers = isCompressed ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : {};
  outgoing.writeHead(code, { ...headers, ...encoding });
  if (method !== 'HEAD' && isPieces(body)) {
    const parts = gathered(body);
    for await (const part of isCompressed ? compressed(parts) : parts)
      if (!outgoing.write(part) && !(await drained(outgoing))) return;
  }
  outgoing.end();
}

async function* compressed(parts: Iterable<string>): AsyncGenerator<Uint8Array> {
  for await (const part of Readable.from(parts, { objectMode: false }).pipe(createGzip())) yield part as Uint8Array;
}

function* gathered(pieces: Iterable<string>): Generator<string> {
  let part = '';
  for (const piece of pieces) {
    part += piece;
    if (part.length < pieceCharacters) continue;
    yield part;
    part = '';
  }
  if (part !== '') yield part;
}
