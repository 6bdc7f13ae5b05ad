/**
 * HTTP as a dependency: what a client needs of it and no more, so that a simulated world can answer in process.
 * `systemHttp` is the real one.
 */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute URL. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The whole exchange, connecting included; there is no request without a deadline. */
  readonly timeoutMs: number;
  readonly tls?: {
    /** PEM; the system's trust store when absent. */
    readonly ca?: string;
    /** False accepts any certificate (BMCs with self-signed ones, by the operator's explicit choice). */
    readonly verify?: boolean;
  };
  /** URL of an HTTP proxy that the connection goes through (CONNECT); straight to the server when absent. */
  readonly proxy?: string;
  readonly signal?: AbortSignal;
}

/** Header names are in lower case. A status of 400 and more is an answer, not an error. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}
