import type { Environment } from '../settings/settings.js';
import { forgetIds, spanIdGenerator } from './ids.js';

/** Tracing of this process. */
export interface Tracing {
  /** Sends what is not sent yet. */
  stop(): Promise<void>;
}

const off: Tracing = { stop: () => Promise.resolve() };

/** Where traces go, by OpenTelemetry's own variables. Source: OpenTelemetry specification, "OTLP exporter configuration". */
const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] as const;

/**
 * Sets up OpenTelemetry for the process when one of the endpoints is set (the SDK reads the other `OTEL_*` variables itself,
 * from the environment of the process). Without one no exporter runs and the API's calls do nothing; the SDK, which is large,
 * is not even loaded.
 */
export async function startTracing(serviceName: string, environment: Environment): Promise<Tracing> {
  if (endpoints.every((name) => (environment[name] ?? '') === '') || environment['OTEL_SDK_DISABLED'] === 'true')
    return off;
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({
    serviceName,
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
    idGenerator: spanIdGenerator(),
  });
  sdk.start();
  return {
    stop: () => {
      forgetIds();
      return sdk.shutdown();
    },
  };
}
