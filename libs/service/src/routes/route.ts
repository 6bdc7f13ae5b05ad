import type { HttpRequest } from '@keelson/std';

/** One HTTP endpoint as a plain function, told apart from the server that carries it. */
export interface Route {
  readonly method: HttpRequest['method'];
  /**
   * Absolute path of segments: `/media/:token/*`. `:name` takes one segment into `params.name`, a last `*` takes the rest
   * into `params['*']`. Values come URL-decoded. A GET route also answers HEAD when no HEAD route of its path is declared.
   */
  readonly path: string;
  /**
   * `token`: callers need the service's API token or a client certificate of the installation's authority. `open`: anyone
   * who reaches the port; the handler itself must check whatever secret the path or a header carries.
   */
  readonly auth: 'open' | 'token';
  /** A thrown Failure becomes 404 (not found), 409 (conflict), 503 (transient) or 422 (terminal) with its sentence. */
  handler(request: RouteRequest): Promise<RouteResponse>;
}

export interface RouteRequest {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Names in lower case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; larger ones than 1 MiB are refused with 413 before the handler is called. */
  readonly body: Uint8Array;
}

export interface RouteResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent as it comes, for media that do not fit into memory. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** An answer of `value` as JSON. */
export function jsonResponse(status: number, value: unknown): RouteResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
