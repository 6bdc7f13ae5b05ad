import type { TraceContext } from '@keelson/bus';
import { messageOf } from '@keelson/std';
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';

/** Name under which our spans are told apart from those of libraries. */
const instrumentation = 'keelson';

/** The id of the trace that is active now; undefined when there is none. */
export function activeTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}

/** How traces travel over the bus: W3C headers through OpenTelemetry's API; nothing when no tracing is set up. */
export const openTelemetryTrace: TraceContext = {
  headers() {
    const headers: Record<string, string> = {};
    propagation.inject(context.active(), headers);
    return headers;
  },
  within: (name, headers, work) =>
    trace
      .getTracer(instrumentation)
      .startActiveSpan(name, {}, propagation.extract(context.active(), headers), async (span) => {
        try {
          return await work();
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
          throw error;
        } finally {
          span.end();
        }
      }),
};
