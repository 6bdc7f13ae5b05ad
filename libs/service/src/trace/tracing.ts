import type { Environment } from '../settings/settings.js';

/** Tracing of this process. */
export interface Tracing {
  /** Sends what is not sent yet. */
  stop(): Promise<void>;
}

const off: Tracing = { stop: () => Promise.resolve() };

/**
 * Sets up OpenTelemetry for the process when `OTEL_EXPORTER_OTLP_ENDPOINT` is set (the SDK reads the other `OTEL_*` variables
 * itself). Without it no exporter runs and the API's calls do nothing; the SDK, which is large, is not even loaded.
 */
export async function startTracing(serviceName: string, environment: Environment): Promise<Tracing> {
  if ((environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '') === '') return off;
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({ serviceName, instrumentations: [] });
  sdk.start();
  return { stop: () => sdk.shutdown() };
}
