export * from './definition.js';
export * from './operations.js';
export type { GaugeSample, ServiceGauge } from './metrics/service-gauges.js';
export * from './routes/route.js';
export * from './routes/routes-http.js';
export {
  type CommonSettings,
  type Environment,
  environmentOf,
  readSettings,
  type Settings,
} from './settings/settings.js';
export { pinoLog } from './log/pino-log.js';
export { withoutSecretFields, withoutSecrets } from './log/redact.js';
export { type FinishedSpan, noSpans, openTelemetrySpans, type SpanIds, type Spans } from './trace/spans.js';
export { startTracing, type Tracing } from './trace/tracing.js';
export { type HostedService, hostService, type HostWorld } from './host/host-service.js';
export { type Hosting, runService, runServices, type RunOptions } from './host/run-service.js';
