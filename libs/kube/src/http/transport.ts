/** One HTTP request to an API server. */
export interface Exchange {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/** The answer as soon as its head is there. The body must be read to its end or its reading given up. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Connections to one server, shared by all who trust it in the same way. Errors are those of the network, unsorted. */
export interface Transport {
  send(exchange: Exchange): Promise<Reply>;
}
