/** How the trace of a call travels in headers (W3C `traceparent`). The service library gives the real one. */
export interface TraceContext {
  /** Headers that carry the span now active; empty when there is none. */
  headers(): Readonly<Record<string, string>>;
  /** Runs `work` in a span `name` that continues the one in `headers`. */
  within<A>(name: string, headers: Readonly<Record<string, string>>, work: () => Promise<A>): Promise<A>;
}

/** Traces nothing. */
export const noTrace: TraceContext = { headers: () => ({}), within: (_name, _headers, work) => work() };

/** Names of the headers that carry a trace. */
export const traceHeaderNames = ['traceparent', 'tracestate'] as const;
