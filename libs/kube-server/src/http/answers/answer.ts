import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { dump } from 'js-yaml';
import type { Status } from '../../status/status.js';
import { clausesOf, type Format } from './negotiate.js';

/** What a request is answered with, unless it is a stream. */
export interface Answer {
  readonly code: number;
  /** Media type; empty for an answer without one. */
  readonly type: string;
  /** Pieces are sent one by one, each when the one before is on its way. */
  readonly body: string | Uint8Array | Document | Iterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

const compress = promisify(gzip);

/** A body that many requests get: its ETag and its compressed form are made once. */
export class Document {
  readonly content: Uint8Array;
  #tag: string | undefined;
  #compressed: Promise<Uint8Array> | undefined;

  constructor(content: string | Uint8Array) {
    this.content = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  }

  get tag(): string {
    this.#tag ??= `"${createHash('sha256').update(this.content).digest('hex').toUpperCase()}"`;
    return this.#tag;
  }

  compressed(): Promise<Uint8Array> {
    this.#compressed ??= compress(this.content);
    return this.#compressed;
  }
}

const json = 'application/json';

export function jsonAnswer(code: number, value: unknown): Answer {
  return { code, type: json, body: JSON.stringify(value) };
}

export function textAnswer(code: number, body: string): Answer {
  return { code, type: 'text/plain; charset=utf-8', body, headers: { 'x-content-type-options': 'nosniff' } };
}

export const pageNotFound = (): Answer => textAnswer(404, '404 page not found\n');

/** An answer from JSON text, in the format that was asked for. */
export function formattedAnswer(code: number, text: string, format: Format): Answer {
  if (format === 'json') return { code, type: json, body: text };
  return { code, type: 'application/yaml', body: dump(JSON.parse(text), { lineWidth: -1, noRefs: true }) };
}

export function statusAnswer(status: Status, accept: string | undefined): Answer {
  const wantsYaml = clausesOf(accept)[0]?.type === 'application/yaml';
  const { retryAfterSeconds } = status.details ?? {};
  const answer = formattedAnswer(status.code ?? 200, JSON.stringify(status), wantsYaml ? 'yaml' : 'json');
  return retryAfterSeconds === undefined
    ? answer
    : { ...answer, headers: { 'retry-after': String(retryAfterSeconds) } };
}

/** Bytes from which compression is worth it, as in a real API server. */
const compressFrom = 128 * 1024;

export interface Encoded {
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return /(^|,)\s*gzip\s*(;|,|$)/.test(acceptEncoding ?? '');
}

/** The bytes to send, compressed when that was asked for and is worth it. */
export async function encode(
  body: string | Uint8Array | Document,
  acceptEncoding: string | undefined,
): Promise<Encoded> {
  const content = body instanceof Document ? body.content : body;
  const tag: Record<string, string> = body instanceof Document ? { etag: body.tag } : {};
  if (content.length < compressFrom || !acceptsGzip(acceptEncoding)) return { body: content, headers: tag };
  const compressed = body instanceof Document ? await body.compressed() : await compress(content);
  return { body: compressed, headers: { ...tag, 'content-encoding': 'gzip', vary: 'Accept-Encoding' } };
}
