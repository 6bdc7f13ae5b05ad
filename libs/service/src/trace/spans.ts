import { ROOT_CONTEXT, SpanStatusCode, type Context, context, trace } from '@opentelemetry/api';
import { activeTraceId } from './context.js';
import { takesIds, withIds } from './ids.js';

/** A span's place in all traces: 32 and 16 hex digits. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** A span that is over. Its ids come with it: told again after a crash it is the same span. */
export interface FinishedSpan extends SpanIds {
  readonly name: string;
  /** Id of the span it is a part of; absent for the root of a trace. */
  readonly parent?: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Why it failed, if it did. */
  readonly error?: string;
}

/**
 * Spans that outlive a process: of work that takes minutes to days and that any number of processes take part in. They are
 * told when they are over, from what is written down; until then their ids alone travel, with calls over the bus.
 */
export interface Spans {
  /** False where no trace is sent anywhere. */
  readonly isOn: boolean;
  record(span: FinishedSpan): void;
  /** Runs `work` as a part of that span: what it asks of others carries the trace on. */
  within<A>(ids: SpanIds, work: () => Promise<A>): Promise<A>;
  /** The trace that the call in hand belongs to; undefined outside of calls and where nothing is traced. */
  traceId(): string | undefined;
}

/** Traces nothing. */
export const noSpans: Spans = {
  isOn: false,
  record: () => undefined,
  within: (_ids, work) => work(),
  traceId: () => undefined,
};

/** Spans of a service over OpenTelemetry, where this process has it set up. */
export function openTelemetrySpans(service: string): Spans {
  return {
    get isOn() {
      return takesIds();
    },
    record: (span) => record(service, span),
    within: (ids, work) => (takesIds() ? context.with(contextOf(ids), work) : work()),
    traceId: activeTraceId,
  };
}

function record(service: string, span: FinishedSpan): void {
  const { traceId, spanId, parent, name, startedAt, endedAt, attributes, error } = span;
  const within = parent === undefined ? ROOT_CONTEXT : contextOf({ traceId, spanId: parent });
  const told = withIds({ traceId, spanId }, () =>
    trace
      .getTracer(service)
      .startSpan(name, { startTime: new Date(Date.parse(startedAt)), attributes: { ...attributes } }, within),
  );
  if (error !== undefined) told.setStatus({ code: SpanStatusCode.ERROR, message: error });
  told.end(new Date(Date.parse(endedAt)));
}

/** The span is another process's, or of another life of this one: only its ids are known here. */
function contextOf(ids: SpanIds): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: 1, isRemote: true });
}
