import type { Log } from '@keelson/std';
import { type DestinationStream, pino } from 'pino';
import { activeTraceId } from '../trace/context.js';
import { withoutSecretFields, withoutSecrets } from './redact.js';

export type LogLevel = keyof Log;

/**
 * One JSON object a line on standard output: time, level, service, message, fields, and the trace it belongs to. Writes are
 * synchronous, so that the last words of a process that crashes are there. Secrets are hidden on the way.
 */
export function pinoLog(service: string, level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: 'message',
  };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  const at =
    (method: LogLevel): Log[LogLevel] =>
    (message, fields = {}) => {
      if (!logger.isLevelEnabled(method)) return;
      const trace = activeTraceId();
      logger[method](
        { ...withoutSecretFields(fields), ...(trace === undefined ? {} : { trace }) },
        withoutSecrets(message),
      );
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
